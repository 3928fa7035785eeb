/** Live: what arrives from whom, what goes wrong, how far loading is behind, and how to send more. */
import { Skeleton, Tooltip } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useZone } from "@/shell/address";
import { Notice, ProblemNotice } from "@/shell/ProblemNotice";
import { useRefresh } from "@/shell/refresh";
import { problem } from "@/api/problem";
import { SnippetList } from "@/sources/SnippetList";
import { Refusals, SenderTable, SourceTable, StreamTable } from "@/sources/SourceTables";
import { type SourceList, type Status, useSources, useStatus } from "@/sources/sources";
import { bytes, compact, duration, rate } from "@/text/quantity";
import classes from "./Live.module.css";

export function Live(): ReactNode {
  const { turn } = useRefresh();
  const [zone] = useZone();
  const sources = useSources(turn);
  const status = useStatus(turn);
  const list = sources.data;
  return (
    <div className={classes["page"]}>
      <div className={classes["main"]}>
        {sources.error !== null && <ProblemNotice error={sources.error} onRetry={() => void sources.refetch()} />}
        {status.data?.waiting != null && <Notice tone="critical" problem={problem("not-ready", status.data.waiting)} />}
        {list === undefined ? sources.error === null && <Skeleton className={classes["waiting"] ?? ""} /> : <Told list={list} status={status.data} zone={zone} />}
      </div>
      <SnippetList list={list} />
    </div>
  );
}

function Told({ list, status, zone }: { list: SourceList; status: Status | undefined; zone: string }): ReactNode {
  const [own, setOwn] = useState(false);
  const mine = (index: string): boolean => index.startsWith("_");
  const shown = { ...list, sources: list.sources.filter((each) => own || !mine(each.index)) };
  const hidden = list.sources.length - shown.sources.length;
  return (
    <>
      <Figures list={list} status={status} />
      <Refusals list={list} zone={zone} />
      <section className={classes["section"]}>
        <header>
          <h2>Sources</h2>
          <span>what was stored of whom</span>
          {(hidden > 0 || own) && (
            <button type="button" className={classes["more"]} onClick={() => setOwn(!own)}>
              {own ? "Hide the server’s own" : `Show ${hidden} of the server’s own`}
            </button>
          )}
        </header>
        {shown.sources.length === 0 ? <Empty text="Nothing has arrived yet. Paste one of the snippets beside: it turns green when its data come." /> : <SourceTable list={shown} zone={zone} />}
        {list.total > list.sources.length && <p className={classes["note"]}>The {list.sources.length} most troubled of {list.total} sources.</p>}
      </section>
      <section className={classes["section"]}>
        <header>
          <h2>Senders</h2>
          <span>who sends, by protocol, token and address, since the server started</span>
        </header>
        {list.senders.length === 0 ? <Empty text="No client has sent anything since the server started." /> : <SenderTable list={list} zone={zone} />}
      </section>
      <section className={classes["section"]}>
        <header>
          <h2>Streams</h2>
          <span>from acknowledged to searchable</span>
        </header>
        {list.streams.length === 0 ? <Empty text="No stream has held anything since the server started." /> : <StreamTable streams={list.streams} />}
      </section>
    </>
  );
}

function Empty({ text }: { text: string }): ReactNode {
  return <p className={classes["note"]}>{text}</p>;
}

function Figures({ list, status }: { list: SourceList; status: Status | undefined }): ReactNode {
  const foreign = list.sources.filter((each) => !each.index.startsWith("_"));
  const arriving = foreign.reduce((sum, each) => sum + each.rate_1m, 0);
  const backlog = list.streams.reduce((sum, each) => sum + each.backlog_bytes, 0);
  const lag = Math.max(0, ...list.streams.map((each) => each.lag_seconds));
  const refused = list.senders.reduce((sum, each) => sum + each.rejects.reduce((part, reject) => part + reject.count, 0), 0);
  const buried = list.streams.reduce((sum, each) => sum + each.buried, 0);
  const trouble = ["stalled", "rejecting", "silent"].map((state) => [state, list.states[state] ?? 0] as const).filter(([, count]) => count > 0);
  return (
    <dl className={classes["figures"]}>
      <Figure name="Arriving" value={`${rate(arriving)}/s`} more="items, last minute" />
      <Figure name="Sources" value={String(foreign.length)} more={trouble.length === 0 ? "all well" : trouble.map(([state, count]) => `${count} ${state}`).join(", ")} bad={trouble.length > 0} />
      <Figure name="Refused" value={compact(refused)} more="requests" bad={refused > 0} />
      <Figure name="Dead letters" value={compact(buried)} more="could not be loaded" bad={buried > 0} />
      <Figure name="Backlog" value={bytes(backlog)} more={`lag ${duration(Number(lag.toPrecision(2)))}`} bad={list.streams.some((each) => each.stalled)} />
      {status !== undefined && <Figure name="Server" value={bytes(status.rss_bytes)} more={`up ${duration(Math.floor(list.now - status.started))}, ${status.searches_running} searching`} />}
    </dl>
  );
}

function Figure({ name, value, more, bad = false }: { name: string; value: string; more: string; bad?: boolean }): ReactNode {
  return (
    <Tooltip label={`${name}: ${value}, ${more}`}>
      <div className={classes["figure"]} data-bad={bad}>
        <dt>{name}</dt>
        <dd>{value}</dd>
        <dd className={classes["soft"]}>{more}</dd>
      </div>
    </Tooltip>
  );
}
