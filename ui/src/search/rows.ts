/** The rows of an answer, kept as the lines they came in and opened when looked at: 100,000 rows cost their text and no more. */

export type Value = string | number | boolean | null | Value[] | { [key: string]: Value };
export type Row = Readonly<Record<string, Value>>;

const OPENED_MOST = 4_000;

export class Rows {
  readonly lines: string[] = [];
  private readonly opened = new Map<number, Row>();
  private readonly names = new Map<string, number>();
  private named = 0;

  get length(): number {
    return this.lines.length;
  }

  push(lines: string[]): void {
    for (const line of lines) this.lines.push(line);
  }

  at(index: number): Row {
    const known = this.opened.get(index);
    if (known !== undefined) return known;
    const row = rowOf(this.lines[index] ?? "{}");
    if (this.opened.size >= OPENED_MOST) this.opened.delete(this.opened.keys().next().value ?? 0);
    this.opened.set(index, row);
    return row;
  }

  /** Field names of the first `sample` rows with how many of them have it, in order of first sight. */
  fields(sample = 500): ReadonlyMap<string, number> {
    const end = Math.min(sample, this.length);
    for (; this.named < end; this.named += 1) {
      const row = this.at(this.named);
      if (isUnreadable(row)) continue;
      for (const name of Object.keys(row)) this.names.set(name, (this.names.get(name) ?? 0) + 1);
    }
    return this.names;
  }

  /** Row numbers ordered by a field; absent values last; equal ones keep their order. */
  order(field: string, descending: boolean): number[] {
    const keys = this.lines.map((line) => rowOf(line)[field]);
    const sign = descending ? -1 : 1;
    return keys
      .map((_, index) => index)
      .sort((left, right) => {
        const a = keys[left];
        const b = keys[right];
        if (a === undefined || b === undefined) return a === b ? left - right : a === undefined ? 1 : -1;
        return sign * compare(a, b) || left - right;
      });
  }
}

export const UNREADABLE = "this line of the answer is no row";
const unreadable = new WeakSet<Row>();

/** Whether a row is only the text of a line that could not be read as one; it is then its `_raw`. */
export function isUnreadable(row: Row): boolean {
  return unreadable.has(row);
}

/** A line that is no JSON object costs that one row, not the page. */
function rowOf(line: string): Row {
  try {
    const row: unknown = JSON.parse(line);
    if (typeof row === "object" && row !== null && !Array.isArray(row)) return row as Row;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const bad: Row = { _raw: line };
  unreadable.add(bad);
  return bad;
}

function compare(a: Value, b: Value): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [left, right] = [shown(a), shown(b)];
  const [x, y] = [Number(left), Number(right)];
  if (left !== "" && right !== "" && !Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A value as text; a multivalue is joined by line ends. */
export function shown(value: Value | undefined): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(shown).join("\n");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Epoch milliseconds of a row, if it has a time. */
export function timeOf(row: Row): number | null {
  const seconds = Number(row["_time"]);
  if (row["_time"] !== undefined && Number.isFinite(seconds)) return seconds * 1e3;
  const slice = row["_timeslice"] ?? row["_messagetime"] ?? row["_messageTime"];
  return slice === undefined || !Number.isFinite(Number(slice)) ? null : Number(slice);
}

/** A short name of a row, the same whenever the same answer comes again: a hash of its line. */
export function identity(line: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < line.length; at += 1) hash = Math.imul(hash ^ line.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(36);
}
