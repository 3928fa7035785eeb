/** The rows of a search or a tail as events, table or chart, with the open row beside them. */
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { usePreferences } from "@/shell/preferences";
import { count } from "@/text/quantity";
import { ChartView } from "./ChartView";
import { knownColumns, shownColumns } from "./columns";
import { csvOf, download, ndjsonOf } from "./export";
import { NoRows } from "./NoRows";
import { ResultBar } from "./ResultBar";
import classes from "./Results.module.css";
import { RowDrawer } from "./RowDrawer";
import { RowTable } from "./RowTable";
import { identity, Rows } from "./rows";
import type { Term } from "./terms";
import { useRowKeys } from "./useRowKeys";
import type { Run } from "./useRun";
import type { Tail } from "./useTail";
import type { Change } from "./useView";
import type { Tab, View } from "./view";

interface ResultsProps {
  view: View;
  zone: string;
  run: Run;
  /** Set while the live tail is on. */
  tail: Tail | null;
  change: Change;
  onTerm: (term: Term) => void;
}

const NONE = new Rows();

export function Results({ view, zone, run, tail, change, onTerm }: ResultsProps): ReactNode {
  const { density, wrap } = usePreferences();
  const { outcome } = run;
  const rows = tail?.rows ?? outcome?.rows ?? NONE;
  const total = tail === null ? (outcome?.count ?? 0) : rows.length;
  const kind = tail === null ? (outcome?.kind ?? "events") : "events";
  const tabs: Tab[] = kind === "events" ? ["events"] : ["table", "chart"];
  const tab = view.tab !== null && tabs.includes(view.tab) ? view.tab : kind === "series" ? "chart" : kind === "table" ? "table" : "events";
  const settled = total > 0;
  const named = tail === null ? (outcome?.columns ?? null) : null;
  // Columns follow the first rows, not every step of their arrival.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const columns = useMemo(() => shownColumns(kind, rows, named, view.columns), [kind, rows, named, view.columns, settled, run.running]);
  const order = useMemo(
    () => (view.sort === null || tail !== null ? null : rows.order(view.sort.field, view.sort.descending).slice(0, total)),
    [view.sort, tail, rows, total],
  );
  const open = useOpenRow(rows, total, view.row);
  const { cursor, move, place } = useRowKeys({ total, order, open, rows, enabled: tab !== "chart", change });
  const show = (index: number): void => {
    place(index);
    change({ row: identity(rows.lines[index] ?? "") }, true);
  };
  const setColumn = (field: string): void =>
    change({ columns: columns.includes(field) ? columns.filter((each) => each !== field) : withColumn(columns, field) }, true);
  const sortBy = (field: string): void => {
    const { sort } = view;
    const next = sort?.field !== field ? { field, descending: true } : sort.descending ? { field, descending: false } : null;
    change({ sort: next }, true);
  };
  const leave = (format: "csv" | "ndjson"): void => {
    if (format === "csv") download("pilotage.csv", "text/csv", csvOf(rows, columns));
    else download("pilotage.ndjson", "application/x-ndjson", ndjsonOf(rows));
  };
  const note = tail === null ? null : tailNote(tail);
  return (
    <section className={classes["results"]} aria-label="Results" data-stale={run.previous && tail === null}>
      <ResultBar
        outcome={outcome}
        running={run.running}
        stale={run.previous}
        tabs={tabs}
        tab={tab}
        most={view.most}
        fields={knownColumns(rows, named)}
        columns={columns}
        facets={kind === "events" && tail === null}
        note={note}
        onCancel={run.cancel}
        onTab={(next) => change({ tab: next })}
        onMost={(most) => change({ most })}
        onColumn={setColumn}
        onResetColumns={() => change({ columns: [] }, true)}
        onExport={leave}
      />
      <div className={classes["body"]}>
        <div className={classes["rows"]}>
          {total === 0 ? (
            <NoRows view={view} run={run} tail={tail} change={change} />
          ) : tab === "chart" && outcome !== undefined ? (
            <ChartView outcome={outcome} view={view} zone={zone} onChange={change} onRange={(range) => change({ range })} />
          ) : (
            <RowTable
              rows={rows}
              count={total}
              order={order}
              columns={columns}
              sort={view.sort}
              open={open}
              cursor={cursor}
              zone={zone}
              dense={density === "dense"}
              wrap={wrap}
              label="Rows"
              onSort={sortBy}
              onOpen={show}
            />
          )}
        </div>
        {open !== null && tab !== "chart" && (
          <RowDrawer
            row={rows.at(open)}
            line={rows.lines[open] ?? ""}
            language={view.language}
            zone={zone}
            columns={columns}
            onStep={move}
            onClose={() => change({ row: null }, true)}
            onTerm={onTerm}
            onColumn={setColumn}
            onQuery={(query) => change({ query, language: "spl", row: null, columns: [], sort: null, live: false })}
          />
        )}
      </div>
    </section>
  );
}

/** Before the text, which takes what is left of the width. */
function withColumn(columns: readonly string[], field: string): string[] {
  return columns.at(-1) === "_raw" ? [...columns.slice(0, -1), field, "_raw"] : [...columns, field];
}

function tailNote(tail: Tail): string {
  const left = tail.left > 0 ? `, ${count(tail.left)} left out: too many a second` : "";
  return `${tail.connected ? "Live" : tail.error === null ? "Connecting…" : "Stopped"} · ${count(tail.total)} ${tail.total === 1 ? "event" : "events"}, newest ${count(tail.rows.length)} shown${left}`;
}

/** The row that the address names, found as the rows arrive. */
function useOpenRow(rows: Rows, total: number, row: string | null): number | null {
  const [found, setFound] = useState<number | null>(null);
  const looked = useRef<{ rows: Rows; row: string | null; until: number }>({ rows, row: null, until: 0 });
  useEffect(() => {
    const last = looked.current;
    const same = last.rows === rows && last.row === row;
    if (row === null) setFound(null);
    else {
      const start = same ? last.until : 0;
      const at = same && found !== null ? found : rows.lines.findIndex((line, index) => index >= start && identity(line) === row);
      setFound(at < 0 ? null : at);
    }
    looked.current = { rows, row, until: total };
  }, [rows, total, row, found]);
  return found !== null && found < total ? found : null;
}
