/** The trace of a row: its spans as an indented list with bars on the trace's own time. */
import { Button, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { hues } from "@/chart/palette";
import { Icon } from "@/shell/Icon";
import { ProblemNotice } from "@/shell/ProblemNotice";
import { count, duration } from "@/text/quantity";
import { absolute, ALL_TIME } from "@/time/range";
import { runSearch } from "./run";
import { termText } from "./terms";
import { outlineOf } from "./trace";
import classes from "./TraceOutline.module.css";

const NEAR_MS = 3600e3;
const MOST = 1_000;

interface TraceOutlineProps {
  trace: string;
  span: string;
  near: number | null;
  zone: string;
  onQuery: (query: string) => void;
}

export function TraceOutline({ trace, span, near, zone, onQuery }: TraceOutlineProps): ReactNode {
  const term = termText({ field: "trace_id", value: trace, exclude: false }, "spl");
  const range = near === null ? ALL_TIME : absolute([near - NEAR_MS, near + NEAR_MS]);
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ["trace", trace, range],
    queryFn: ({ signal }) => runSearch({ query: `index=traces ${term}`, language: "spl", range, zone, most: MOST }, signal, () => undefined),
  });
  if (error !== null) return <ProblemNotice error={error} onRetry={() => void refetch()} />;
  if (isPending) return <Skeleton className={classes["waiting"] ?? ""} />;
  const { lines, length } = outlineOf(data.rows);
  const colours = hues([...new Set(lines.map((each) => each.service))]);
  const part = (value: number): string => `${(value / Math.max(length, 1e-6)) * 100}%`;
  return (
    <div className={classes["trace"]}>
      <p className={classes["head"]}>
        <span>
          {lines.length === 0 ? "No spans of this trace are stored" : `${count(lines.length)}${data.state === "cut" ? "+" : ""} spans in ${duration(Number((length / 1e3).toPrecision(3)))}`}
        </span>
        <Button size="compact-xs" variant="default" onClick={() => onQuery(`index=* ${term}`)}>
          Everything of this trace
        </Button>
      </p>
      <ol className={classes["spans"]}>
        {lines.map((each) => (
          <li key={each.id} aria-current={each.id === span} title={`${each.service}: ${each.name}, ${duration(each.length / 1e3)}`}>
            <span className={classes["name"]} style={{ paddingInlineStart: `calc(var(--space-3) * ${Math.min(each.depth, 12)})` }}>
              {each.error && (
                <span className={classes["error"]}>
                  <Icon name="error" />
                  <span className="visually-hidden">error</span>
                </span>
              )}
              <i style={{ background: `var(${colours.get(each.service) ?? "--hue-1"})` }} />
              {each.name}
            </span>
            <span className={classes["track"]}>
              <b
                data-error={each.error}
                style={{ left: part(each.start), width: part(each.length), background: `var(${each.error ? "--critical" : (colours.get(each.service) ?? "--hue-1")})` }}
              />
            </span>
            <span className={classes["length"]}>{duration(Number((each.length / 1e3).toPrecision(3)))}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
