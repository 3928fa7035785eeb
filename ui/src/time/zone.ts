/** Instants in the chosen zone. Times are kept in UTC everywhere else. */

const formats = new Map<string, Intl.DateTimeFormat>();

export function zoneName(zone: string): string {
  return zone === "local" ? Intl.DateTimeFormat().resolvedOptions().timeZone : zone;
}

export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

const QUARTER_MS = 900e3;
const LATEST_MS = 8.64e15 - 86_400e3;
const MOST_OFFSETS = 10_000;
const offsets = new Map<string, number>();

/** Milliseconds the zone is ahead of UTC; no zone changes within a quarter of an hour, so the slow `Intl` is asked once for each. */
function offset(ms: number, zone: string): number {
  if (zone === "UTC") return 0;
  const quarter = Math.floor(ms / QUARTER_MS);
  const key = `${zone} ${quarter}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  const found = Object.fromEntries(formatOf(zoneName(zone)).formatToParts(quarter * QUARTER_MS).map((each) => [each.type, Number(each.value)]));
  const field = (name: string): number => found[name] ?? 0;
  const wall = Date.UTC(field("year"), field("month") - 1, field("day"), field("hour"), field("minute"), field("second"));
  if (offsets.size >= MOST_OFFSETS) offsets.clear();
  offsets.set(key, wall - quarter * QUARTER_MS);
  return wall - quarter * QUARTER_MS;
}

function formatOf(name: string): Intl.DateTimeFormat {
  const known = formats.get(name);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat("en-GB", {
    timeZone: name,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
  formats.set(name, made);
  return made;
}

/** `2026-11-21 14:03:07.123`; what no calendar holds stays a number of seconds. */
export function stamp(ms: number, zone: string): string {
  if (!(Math.abs(ms) < LATEST_MS)) return String(ms / 1e3);
  const whole = Math.floor(ms);
  return new Date(whole + offset(whole, zone)).toISOString().replace("T", " ").slice(0, -1);
}

/** `14:03:07` */
export function clock(ms: number, zone: string): string {
  return stamp(ms, zone).slice(11, 19);
}

/** `11-21 14:03`, with seconds when `fine`. */
export function short(ms: number, zone: string, fine = false): string {
  return stamp(ms, zone).slice(5, fine ? 19 : 16);
}

/** The instant as a date whose local fields read like the zone: what uPlot's axes need. */
export function wallDate(seconds: number, zone: string): Date {
  const wall = new Date(seconds * 1e3 + offset(seconds * 1e3, zone));
  return new Date(wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate(), wall.getUTCHours(), wall.getUTCMinutes(), wall.getUTCSeconds());
}

/** Labels of an axis at epoch seconds: no finer than the steps between them, the date where the day begins. */
export function timeLabels(splits: readonly number[], zone: string): string[] {
  const step = splits.length > 1 ? (splits[1] ?? 0) - (splits[0] ?? 0) : 60;
  return splits.map((each, at) => {
    const text = stamp(each * 1e3, zone);
    if (step >= 86_400) return text.slice(5, 10);
    const midnight = text.slice(11, 16) === "00:00" && at > 0;
    if (midnight) return text.slice(5, 10);
    return step >= 60 ? text.slice(11, 16) : step >= 1 ? text.slice(11, 19) : text.slice(14, 23);
  });
}
