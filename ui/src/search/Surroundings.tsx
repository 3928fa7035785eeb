/** The events just before and after a row, of the same service or of everybody. */
import { SegmentedControl, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { ProblemNotice } from "@/shell/ProblemNotice";
import { absolute } from "@/time/range";
import { clock, stamp } from "@/time/zone";
import { Severity } from "./Cell";
import { type Row, type Rows, shown, timeOf } from "./rows";
import { runSearch } from "./run";
import classes from "./Surroundings.module.css";
import { termText } from "./terms";

const AROUND_MS = 15_000;
const MOST = 200;

interface SurroundingsProps {
  row: Row;
  time: number;
  zone: string;
}

export function Surroundings({ row, time, zone }: SurroundingsProps): ReactNode {
  const scopes = ["service", "host", "source"].filter((each) => shown(row[each]) !== "");
  const [scope, setScope] = useState(scopes[0] ?? "all");
  const query = scopedQuery(row, scope);
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ["around", query, time],
    queryFn: ({ signal }) => runSearch({ query, language: "spl", range: absolute([time - AROUND_MS, time + AROUND_MS]), zone, most: MOST }, signal, () => undefined),
  });
  return (
    <div className={classes["around"]}>
      <SegmentedControl aria-label="Of whom" value={scope} onChange={setScope} data={[...scopes.map((each) => ({ value: each, label: `Same ${each}` })), { value: "all", label: "Everybody" }]} />
      {error !== null && <ProblemNotice error={error} onRetry={() => void refetch()} />}
      {isPending && <Skeleton className={classes["waiting"] ?? ""} />}
      {data !== undefined && <Lines rows={data.rows} time={time} text={shown(row["_raw"])} zone={zone} />}
    </div>
  );
}

/** The row's own index and, by the scope, its own service: always SPL, whatever the page is asked in. */
function scopedQuery(row: Row, scope: string): string {
  const terms = [termText({ field: "index", value: shown(row["index"]) || "main", exclude: false }, "spl")];
  if (scope !== "all") terms.push(termText({ field: scope, value: shown(row[scope]), exclude: false }, "spl"));
  return terms.join(" ");
}

function Lines({ rows, time, text, zone }: { rows: Rows; time: number; text: string; zone: string }): ReactNode {
  const found = Array.from({ length: rows.length }, (_, at) => rows.at(at));
  return (
    <ol className={classes["lines"]} aria-label="Events around it, newest first">
      {found.map((each, at) => {
        const when = timeOf(each) ?? time;
        const same = Math.abs(when - time) < 0.001 && shown(each["_raw"]) === text;
        return (
          <li key={`${when} ${at}`} aria-current={same} title={stamp(when, zone)}>
            <time>{clock(when, zone)}</time>
            <span className={classes["shift"]}>{`${when < time ? "−" : "+"}${(Math.abs(when - time) / 1e3).toFixed(3)} s`}</span>
            {typeof each["severity"] === "string" && <Severity value={each["severity"]} />}
            <span className={classes["text"]}>{shown(each["_raw"])}</span>
          </li>
        );
      })}
    </ol>
  );
}
