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

function parts(ms: number, zone: string): Record<string, string> {
  const name = zoneName(zone);
  let format = formats.get(name);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: name,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
    });
    formats.set(name, format);
  }
  return Object.fromEntries(format.formatToParts(ms).map((each) => [each.type, each.value]));
}

/** `2026-11-21 14:03:07.123` */
export function stamp(ms: number, zone: string): string {
  if (!Number.isFinite(ms) || Math.abs(ms) > 8.64e15) return String(ms / 1e3);
  const found = parts(Math.floor(ms), zone);
  const fraction = String(Math.floor(((ms % 1e3) + 1e3) % 1e3)).padStart(3, "0");
  return `${found["year"]}-${found["month"]}-${found["day"]} ${found["hour"]}:${found["minute"]}:${found["second"]}.${fraction}`;
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
  const found = parts(seconds * 1e3, zone);
  const field = (name: string): number => Number(found[name]);
  return new Date(field("year"), field("month") - 1, field("day"), field("hour"), field("minute"), field("second"));
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
