/** Rows as files. A CSV cell that a spreadsheet would run as a formula is made text. */
import { type Row, type Rows, shown } from "./rows";

const FORMULA = /^[=+\-@\t\r]/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** One cell, RFC 4180; leading = + - @ (but not a plain number) is guarded by an apostrophe. */
export function cell(text: string): string {
  const guarded = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

export function csv(rows: Iterable<Row>, columns: readonly string[]): string {
  const lines = [columns.map(cell).join(",")];
  for (const row of rows) lines.push(columns.map((name) => cell(shown(row[name]))).join(","));
  return `${lines.join("\r\n")}\r\n`;
}

export function csvOf(rows: Rows, columns: readonly string[]): string {
  return csv(each(rows), columns);
}

export function ndjsonOf(rows: Rows): string {
  return rows.length === 0 ? "" : `${rows.lines.join("\n")}\n`;
}

function* each(rows: Rows): Generator<Row> {
  for (let index = 0; index < rows.length; index += 1) yield rows.at(index);
}

/** Hands a text to the browser as a download. */
export function download(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
