/** Time ranges as people and the server write them: `-15m`, `-1d@d`, `now`, epoch seconds, ISO 8601; empty means no bound. */

export interface Range {
  from: string;
  to: string;
}

/** Epoch milliseconds `[start, end)`. */
export type Bounds = [start: number, end: number];

export const ALL_TIME: Range = { from: "", to: "" };

export const PRESETS: readonly { from: string; label: string }[] = [
  { from: "-5m", label: "Last 5 minutes" },
  { from: "-15m", label: "Last 15 minutes" },
  { from: "-1h", label: "Last hour" },
  { from: "-4h", label: "Last 4 hours" },
  { from: "-24h", label: "Last 24 hours" },
  { from: "-7d", label: "Last 7 days" },
  { from: "-30d", label: "Last 30 days" },
  { from: "", label: "All time" },
];

const UNIT_MS: Record<string, number> = { s: 1e3, m: 60e3, h: 3600e3, d: 86_400e3, w: 604_800e3 };
const UNIT_WORDS: Record<string, string> = { s: "s", m: "m", h: "h", d: "d", w: "w", sec: "s", min: "m", hr: "h", day: "d", week: "w" };
const RELATIVE = /^([+-]\d+)([a-z]+)(?:@([a-z]+))?$/;
const EPOCH = /^\d+(\.\d+)?$/;

/** Epoch milliseconds of one bound, null for none or for what only the server understands (months, `@w1`). Snaps in UTC. */
export function instant(text: string, now: number): number | null {
  const word = text.trim();
  if (word === "now" || word === "now()") return now;
  if (EPOCH.test(word)) return Number(word) * 1e3;
  const relative = RELATIVE.exec(word);
  if (relative === null) {
    const parsed = /^\d{4}-/.test(word) ? Date.parse(word) : Number.NaN;
    return Number.isNaN(parsed) ? null : parsed;
  }
  const unit = UNIT_MS[UNIT_WORDS[relative[2] ?? ""] ?? ""];
  if (unit === undefined) return null;
  const moved = now + Number(relative[1]) * unit;
  if (relative[3] === undefined) return moved;
  const snap = UNIT_WORDS[relative[3]];
  const step = snap === undefined || snap === "w" ? undefined : UNIT_MS[snap];
  return step === undefined ? null : Math.floor(moved / step) * step;
}

/** Both bounds, when both are known. */
export function bounds(range: Range, now: number): Bounds | null {
  const start = instant(range.from, now);
  const end = range.to === "" ? (range.from === "" ? null : now) : instant(range.to, now);
  return start === null || end === null || end <= start ? null : [start, end];
}

/** An absolute range; whole milliseconds, written as epoch seconds. */
export function absolute([start, end]: Bounds): Range {
  return { from: seconds(start), to: seconds(end) };
}

function seconds(ms: number): string {
  return String(Math.round(ms) / 1e3);
}

/** The range moved by its own width, -1 back, 1 forth. */
export function shifted(range: Range, steps: number, now: number): Range | null {
  const found = bounds(range, now);
  if (found === null) return null;
  const width = (found[1] - found[0]) * steps;
  return absolute([found[0] + width, found[1] + width]);
}

/** Whether the range moves with the clock. */
export function isRelative(range: Range): boolean {
  return range.from.startsWith("-") && (range.to === "" || range.to === "now");
}

/** Whether the page can tell what the text means; the server has the last word. */
export function looksLikeTime(text: string): boolean {
  return text === "" || instant(text, 0) !== null || /^[+-]?\d*[a-z]+(@[a-z0-9]+)?([+-]\d+[a-z]+)?$/.test(text) || text.startsWith("@");
}
