/** Rows as something to draw: with `_time` a column a series, without it a bar a row. */
import { hues } from "@/chart/palette";
import type { Drawn } from "@/chart/series";
import { type Rows, shown, timeOf } from "./rows";

export const SHOWN_MOST = 50;
export const BARS_MOST = 200;

export interface OverTime {
  kind: "time";
  drawn: Drawn;
  /** Series that are not drawn. */
  left: number;
}

export interface Bars {
  kind: "bars";
  /** The field that names a bar. */
  named: string;
  /** The field that is its length. */
  measured: string | null;
  measures: string[];
  bars: { name: string; values: (number | null)[] }[];
  left: number;
}

const NOT_SERIES = new Set(["_time", "_timeslice", "_span", "_spandays", "_messagetime"]);

export function drawnOf(rows: Rows, named: readonly string[] | null): OverTime | Bars {
  const columns = [...new Set([...(named ?? []), ...rows.fields(rows.length).keys()])];
  const timed = columns.includes("_time") || columns.includes("_timeslice");
  return timed ? overTime(rows, columns) : bars(rows, columns);
}

function overTime(rows: Rows, columns: readonly string[]): OverTime {
  const order = Array.from({ length: rows.length }, (_, at) => ({ at, time: timeOf(rows.at(at)) }))
    .filter((each): each is { at: number; time: number } => each.time !== null)
    .sort((a, b) => a.time - b.time);
  const names = columns.filter((name) => !NOT_SERIES.has(name));
  const split = splitField(rows, names);
  const found = split === null ? wide(rows, order, names) : long(rows, order, split.by, split.value);
  const colours = hues(found.series.map((each) => each.name));
  const sized = found.series
    .map((each) => ({ ...each, size: Math.max(0, ...each.values.map((value) => Math.abs(value ?? 0))) }))
    .sort((a, b) => b.size - a.size);
  const kept = new Set(sized.slice(0, SHOWN_MOST).map((each) => each.name));
  const series = found.series.filter((each) => kept.has(each.name)).map((each) => ({ ...each, colour: colours.get(each.name) ?? "--hue-1" }));
  return { kind: "time", drawn: { times: found.times, series }, left: sized.length - series.length };
}

type Order = readonly { at: number; time: number }[];
type Found = { times: number[]; series: { name: string; values: (number | null)[] }[] };

function wide(rows: Rows, order: Order, names: readonly string[]): Found {
  const series = names
    .map((name) => ({ name, values: order.map(({ at }) => numberOf(rows.at(at)[name])) }))
    .filter((each) => each.values.some((value) => value !== null));
  return { times: order.map((each) => each.time / 1e3), series };
}

/** `_time, service, count`: one series a service. */
function long(rows: Rows, order: Order, by: string, value: string): Found {
  const times = [...new Set(order.map((each) => each.time / 1e3))];
  const places = new Map(times.map((time, at) => [time, at]));
  const series = new Map<string, (number | null)[]>();
  for (const { at, time } of order) {
    const row = rows.at(at);
    const name = shown(row[by]);
    const values = series.get(name) ?? times.map(() => null);
    values[places.get(time / 1e3) ?? 0] = numberOf(row[value]);
    series.set(name, values);
  }
  return { times, series: [...series].map(([name, values]) => ({ name, values })) };
}

/** The one text column of a long table with one number column, if rows share times. */
function splitField(rows: Rows, names: readonly string[]): { by: string; value: string } | null {
  const texts = names.filter((name) => isText(rows, name));
  const numbers = names.filter((name) => !texts.includes(name));
  const [by] = texts;
  const [value] = numbers;
  return texts.length === 1 && by !== undefined && value !== undefined ? { by, value } : null;
}

function bars(rows: Rows, columns: readonly string[]): Bars {
  const measures = columns.filter((name) => !isText(rows, name) && has(rows, name));
  const texts = columns.filter((name) => !measures.includes(name) && has(rows, name));
  const count = Math.min(rows.length, BARS_MOST);
  const found = Array.from({ length: count }, (_, at) => {
    const row = rows.at(at);
    return {
      name: texts.length === 0 ? String(at + 1) : texts.map((field) => shown(row[field])).join(" · "),
      values: measures.map((field) => numberOf(row[field])),
    };
  });
  return { kind: "bars", named: texts.join(" · "), measured: measures[0] ?? null, measures, bars: found, left: rows.length - count };
}

function isText(rows: Rows, name: string): boolean {
  for (let at = 0; at < Math.min(rows.length, 50); at += 1) {
    const value = rows.at(at)[name];
    if (value !== undefined && value !== null && value !== "" && numberOf(value) === null) return true;
  }
  return false;
}

function has(rows: Rows, name: string): boolean {
  for (let at = 0; at < Math.min(rows.length, 50); at += 1) if (rows.at(at)[name] !== undefined) return true;
  return false;
}

function numberOf(value: unknown): number | null {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value !== "string" || value.trim() === "") return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}
