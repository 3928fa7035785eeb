/** One stage a line: a line break before every top-level pipe. */
import { firstPipe } from "../terms";

export function formatted(query: string): string {
  const stages: string[] = [];
  let rest = query.trim();
  for (;;) {
    const pipe = firstPipe(rest);
    stages.push(rest.slice(0, pipe).trim());
    if (pipe >= rest.length) break;
    rest = rest.slice(pipe + 1);
  }
  const [first = "", ...others] = stages;
  return [first, ...others.map((each) => `| ${each}`)].filter((each, index) => index > 0 || each !== "").join("\n");
}
