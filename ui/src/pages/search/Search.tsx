/** Search: ask, see how much of it there is and when, narrow it down, read the rows. */
import { Skeleton } from "@mantine/core";
import { type ReactNode, useMemo } from "react";
import { useZone } from "@/shell/address";
import { Notice, ProblemNotice } from "@/shell/ProblemNotice";
import { usePreferences } from "@/shell/preferences";
import { useRefresh } from "@/shell/refresh";
import { Facets } from "@/search/Facets";
import { Messages } from "@/search/Messages";
import { Progress } from "@/search/Progress";
import { QueryBar } from "@/search/QueryBar";
import { Results } from "@/search/Results";
import type { Question } from "@/search/run";
import { type Term, withTerm } from "@/search/terms";
import { useRun } from "@/search/useRun";
import { useTail } from "@/search/useTail";
import { type Change, useView } from "@/search/useView";
import type { View } from "@/search/view";
import { VolumeStrip } from "@/search/VolumeStrip";
import { problemOf } from "@/api/problem";
import classes from "./Search.module.css";

export function Search(): ReactNode {
  const [view, change] = useView();
  if (view === null) return <Skeleton className={classes["waiting"] ?? ""} radius={0} />;
  return <SearchView view={view} change={change} />;
}

function SearchView({ view, change }: { view: View; change: Change }): ReactNode {
  const [zone] = useZone();
  const { turn, refresh } = useRefresh();
  const { facets: listed } = usePreferences();
  const { query, language, range, most, live } = view;
  const question = useMemo<Question>(
    () => ({ query, language, range: { from: range.from, to: range.to }, zone, most }),
    [query, language, range.from, range.to, zone, most],
  );
  const run = useRun(live ? null : question, turn);
  const tail = useTail(live ? question : null);
  const ask = (next: string, spoken: View["language"]): void => {
    if (next === query && spoken === language) refresh();
    else change({ query: next, language: spoken, row: null, columns: [], sort: null, tab: null, hidden: [] });
  };
  const narrow = (term: Term): void => change({ query: withTerm(query, term, language), row: null });
  const failed = live ? tail.error : run.error;
  const problem = failed == null ? null : problemOf(failed);
  const events = live || (run.outcome?.kind ?? "events") === "events";
  const blank = query.trim() === "";
  return (
    <div className={classes["page"]}>
      <QueryBar
        view={view}
        problem={problem ?? run.outcome?.error ?? null}
        running={run.running}
        onRun={ask}
        onCancel={run.cancel}
        onLive={() => change({ live: !live, row: null, tab: null })}
      />
      {live && problem !== null && <ProblemNotice error={tail.error} />}
      {live && tail.messages.map((each) => <Notice key={each.sentence} tone="warning" problem={each} />)}
      {!live && <Messages run={run} query={query} most={most} onMost={(next) => change({ most: next })} />}
      {!live && !blank && problem === null && <VolumeStrip question={question} turn={turn} onRange={(next) => change({ range: next, row: null })} />}
      {run.running && <Progress />}
      <div className={classes["body"]}>
        {listed && events && !live && problem === null && (
          <Facets
            question={question}
            turn={turn}
            columns={view.columns}
            onTerm={narrow}
            onColumn={(field) => change({ columns: toggled(view.columns, field) }, true)}
          />
        )}
        <Results view={view} zone={zone} run={run} tail={live ? tail : null} change={change} onTerm={narrow} />
      </div>
    </div>
  );
}

function toggled(columns: readonly string[], field: string): string[] {
  if (columns.length === 0) return ["_time", field, "_raw"];
  return columns.includes(field) ? columns.filter((each) => each !== field) : [...columns, field];
}
