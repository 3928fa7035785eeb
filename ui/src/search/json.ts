/** JSON for reading, one member a line. */

/** The line's own digits are kept: a time in nanoseconds does not survive a double. */
export function pretty(line: string): string {
  let depth = 0;
  let text = "";
  let quoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const letter = line.charAt(at);
    if (quoted) {
      text += letter;
      if (letter === "\\") text += line.charAt((at += 1));
      else if (letter === '"') quoted = false;
    } else if (letter === '"') {
      quoted = true;
      text += letter;
    } else if (letter === "{" || letter === "[") {
      depth += 1;
      text += `${letter}\n${"  ".repeat(depth)}`;
    } else if (letter === "}" || letter === "]") {
      // Also read is what is no JSON: more may be closed than was opened.
      depth = Math.max(0, depth - 1);
      text += `\n${"  ".repeat(depth)}${letter}`;
    } else if (letter === ",") text += `,\n${"  ".repeat(depth)}`;
    else text += letter === ":" ? ": " : letter;
  }
  return text;
}
