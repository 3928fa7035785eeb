/** One value of a row as text: never HTML, links only to http(s). */
import type { ReactNode } from "react";
import { severityToken } from "@/chart/palette";
import { compact, count, duration } from "@/text/quantity";
import { stamp } from "@/time/zone";
import classes from "./Cell.module.css";
import { shown, type Value } from "./rows";

/** What stands in a table's cell: a function, not a component, because a page of rows has hundreds of them. */
export function cellContent(name: string, value: Value | undefined, zone: string): ReactNode {
  if (value === undefined || value === null || value === "") return null;
  if (name === "severity" && typeof value === "string") return <Severity value={value} />;
  if (name === "status" && value === "ERROR") return <Severity value="ERROR" />;
  return cellText(name, value, zone);
}

/** The text of a cell: times in the zone, durations and numbers with their digits grouped. */
export function cellText(name: string, value: Value, zone: string): string {
  if (name === "_time" || name === "observed_time") return isNumber(value) ? stamp(Number(value) * 1e3, zone) : shown(value);
  if (name === "_timeslice" && isNumber(value)) return stamp(Number(value), zone);
  if (name === "duration" && typeof value === "number") return duration(value);
  if (typeof value === "number") return numberText(value);
  return shown(value);
}

function isNumber(value: Value): boolean {
  return (typeof value === "number" || typeof value === "string") && value !== "" && Number.isFinite(Number(value));
}

function numberText(value: number): string {
  if (Number.isInteger(value)) return Math.abs(value) < 1e15 ? count(value) : String(value);
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e15) return count(Number(value.toPrecision(size >= 1000 ? 8 : 6)));
  return size < 1e-4 ? value.toExponential(3) : compact(value);
}

export function Severity({ value }: { value: string }): ReactNode {
  return (
    <span className={classes["severity"]}>
      <i style={{ background: `var(${severityToken(value)})` }} />
      {value}
    </span>
  );
}

const LINK = /^https?:\/\/[^\s<>"']+$/;

/** A whole value that is an address becomes a link; nothing inside longer text does. */
export function LinkedText({ text }: { text: string }): ReactNode {
  if (!LINK.test(text)) return text;
  return (
    <a href={text} target="_blank" rel="noopener noreferrer" className={classes["link"]}>
      {text}
    </a>
  );
}
