/** Which columns a result shows unasked, and how each is laid out. */
import type { Kind } from "./run";
import type { Rows } from "./rows";

const RAW = "_raw";
const LONG = 16;
const LEADING = ["_time", "index", "severity", "status", "service", "host", "metric_name", "_value", "name", "duration"];

/** Every field known of the answer: those the server named, else those of its first rows. */
export function knownColumns(rows: Rows, named: readonly string[] | null): string[] {
  return named !== null && named.length > 0 ? [...named] : [...rows.fields().keys()];
}

/** The columns of a result, chosen ones first of all. */
export function shownColumns(kind: Kind, rows: Rows, named: readonly string[] | null, chosen: readonly string[]): string[] {
  if (chosen.length > 0) return [...chosen];
  if (kind !== "events") return knownColumns(rows, named);
  const fields = rows.fields();
  const sample = Math.min(rows.length, 500);
  const indexes = new Set(Array.from({ length: Math.min(sample, 100) }, (_, at) => rows.at(at)["index"]));
  const wanted = (name: string): boolean => {
    const share = (fields.get(name) ?? 0) / Math.max(sample, 1);
    if (name === "_time") return share > 0;
    if (name === "index") return indexes.size > 1;
    if (name === "service" || name === "severity") return share > 0.1;
    if (name === "host") return share > 0.5 && !fields.has("service");
    if (name === "name") return share > 0.9 && !fields.has(RAW);
    return share > 0.6;
  };
  const leading = LEADING.filter(wanted);
  return fields.has(RAW) ? [...leading, RAW] : leading.length > 1 ? leading : knownColumns(rows, named);
}

export type Width = "time" | "wide" | "number" | "number-long" | "short" | "plain" | "long";

/** How a column is laid out, told from its first values. */
export function widthOf(name: string, rows: Rows): Width {
  if (name === "_time" || name === "_timeslice" || name === "observed_time") return "time";
  if (name === RAW) return "wide";
  const sample = Math.min(rows.length, 30);
  let numbers = 0;
  let known = 0;
  let longest = 0;
  for (let at = 0; at < sample; at += 1) {
    const value = rows.at(at)[name];
    if (value === undefined || value === null) continue;
    known += 1;
    longest = Math.max(longest, String(value).length);
    if (typeof value === "number" || (typeof value === "string" && /^-?\d{16,}$/.test(value))) numbers += 1;
  }
  if (known > 0 && numbers === known) return name.length > LONG ? "number-long" : "number";
  if (longest > LONG) return "long";
  return longest > 0 && longest <= 8 && name.length <= 10 ? "short" : "plain";
}
