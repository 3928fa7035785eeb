/** The server counts characters (code points), the page UTF-16 units; they differ behind the first emoji. */

export function charactersBefore(text: string, units: number): number {
  const part = text.slice(0, units);
  return SURROGATE.test(part) ? Array.from(part).length : part.length;
}

/** Where a character begins; behind the end when there are fewer. */
export function unitsOf(text: string, characters: number): number {
  if (!SURROGATE.test(text)) return characters;
  const before = Array.from(text).slice(0, characters).join("").length;
  return before + Math.max(0, characters - Array.from(text).length);
}

const SURROGATE = /[\ud800-\udfff]/;
