/** No rows: why that may be, and what to do next. */
import { Button, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { ask } from "@/api/client";
import { useFittedRange } from "@/shell/fittedRange";
import classes from "./NoRows.module.css";
import type { Run } from "./useRun";
import type { Tail } from "./useTail";
import type { Change } from "./useView";
import { DEFAULT_QUERY, type View } from "./view";

interface NoRowsProps {
  view: View;
  run: Run;
  tail: Tail | null;
  change: Change;
}

export function NoRows({ view, run, tail, change }: NoRowsProps): ReactNode {
  const fit = useFittedRange();
  const waiting = run.running && tail === null;
  const { data } = useQuery({
    queryKey: ["indexes"],
    enabled: !waiting,
    queryFn: ({ signal }) => ask<{ name: string; rows: number }[]>("/api/v1/indexes", { signal }),
  });
  if (waiting) return <Waiting />;
  if (tail !== null) {
    return (
      <div className={classes["empty"]} role="status">
        <h2>Waiting for events</h2>
        <p>Those that match appear here as they are loaded. Nothing that was there before is shown.</p>
      </div>
    );
  }
  if (run.error != null || run.outcome?.error != null) return <div className={classes["empty"]} />;
  const filled = (data ?? []).filter((each) => each.rows > 0 && !each.name.startsWith("_"));
  if (data !== undefined && filled.length === 0) return <Nothing />;
  return (
    <div className={classes["empty"]} role="status">
      <h2>No rows match</h2>
      <p>
        {filled.length > 0 ? `There are data in ${filled.map((each) => each.name).join(", ")}, but none that match this query in this range.` : "Nothing matches this query in this range."}
      </p>
      <div className={classes["ways"]}>
        <Button variant="default" onClick={() => void fit().then((range) => change({ range }))}>
          Fit the range to the data
        </Button>
        <Button variant="default" onClick={() => change({ range: { from: "", to: "" } })}>
          Search all time
        </Button>
        {view.query !== DEFAULT_QUERY && (
          <Button variant="default" onClick={() => change({ query: DEFAULT_QUERY, language: "spl", columns: [], sort: null, row: null })}>
            Search everything
          </Button>
        )}
      </div>
    </div>
  );
}

function Nothing(): ReactNode {
  return (
    <div className={classes["empty"]} role="status">
      <h2>Nothing has been sent yet</h2>
      <p>Logs, spans and metrics appear here as soon as a client sends them to this server.</p>
      <Button component={Link} to="/live">
        How to send data
      </Button>
    </div>
  );
}

function Waiting(): ReactNode {
  return (
    <div className={classes["waiting"]} aria-hidden="true">
      {Array.from({ length: 14 }, (_, at) => (
        <Skeleton key={at} className={classes["line"] ?? ""} />
      ))}
    </div>
  );
}
