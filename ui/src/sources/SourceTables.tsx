/** Sources, senders, streams and refusals: what arrives from whom, how fast, how late, and what is wrong with it. */
import type { ReactNode } from "react";
import { Link } from "react-router";
import { Notice } from "@/shell/ProblemNotice";
import { problem } from "@/api/problem";
import { termText } from "@/search/terms";
import { bytes, compact, count, duration, rate } from "@/text/quantity";
import { clock } from "@/time/zone";
import { DataTable } from "./DataTable";
import classes from "./SourceTables.module.css";
import { KEPT, protocolName, rates, type Sender, type Source, type SourceList, type Stream, streamRates } from "./sources";
import { Sparkline } from "./Sparkline";
import { StateMark } from "./StateMark";

export function SourceTable({ list, zone }: { list: SourceList; zone: string }): ReactNode {
  return (
    <DataTable
      label="Sources"
      rows={list.sources}
      keyOf={(each) => each.id}
      columns={[
        { head: "State", cell: (each) => <StateMark state={each.state} reason={each.reason} /> },
        { head: "Service or source", cell: (each) => <SourceName source={each} /> },
        { head: "Signal", cell: (each) => each.signal },
        { head: "Source type", cell: (each) => <span title={each.sourcetype}>{each.sourcetype || "–"}</span>, soft: true },
        { head: "Index", cell: (each) => each.index },
        { head: "Host", cell: (each) => each.host || "–", soft: true },
        { head: "Items/s, 5 minutes", cell: (each) => <Sparkline values={rates(each.id)} slots={KEPT} /> },
        { head: "1 m", number: true, cell: (each) => rate(each.rate_1m) },
        { head: "5 m", number: true, cell: (each) => rate(each.rate_5m) },
        { head: "Items", number: true, cell: (each) => <span title={count(each.items_total)}>{compact(each.items_total)}</span> },
        { head: "Lag", number: true, cell: (each) => (each.lag_p50 === null ? "–" : duration(Number(each.lag_p50.toPrecision(2)))) },
        { head: "Last seen", number: true, cell: (each) => <Seen at={each.last_seen} now={list.now} zone={zone} /> },
      ]}
    />
  );
}

function SourceName({ source }: { source: Source }): ReactNode {
  const name = source.service || source.source || source.sourcetype || "(no name)";
  const field = source.service ? "service" : source.source ? "source" : "sourcetype";
  const term = (key: string, value: string): string => termText({ field: key, value, exclude: false }, "spl");
  const query = `${term("index", source.index)}${name === "(no name)" ? "" : ` ${term(field, name)}`}`;
  return (
    <Link className={classes["name"]} to={`/search?${new URLSearchParams({ q: query, from: "-15m", to: "now" }).toString()}`} title={source.source}>
      {name}
    </Link>
  );
}

function Seen({ at, now, zone }: { at: number | null; now: number; zone: string }): ReactNode {
  if (at === null) return "–";
  const age = Math.max(0, now - at);
  return <span title={clock(at * 1e3, zone)}>{age < 2 ? "now" : `${duration(Math.round(age))} ago`}</span>;
}

export function SenderTable({ list, zone }: { list: SourceList; zone: string }): ReactNode {
  return (
    <DataTable
      label="Senders"
      rows={list.senders}
      keyOf={(each) => each.id}
      columns={[
        { head: "State", cell: (each) => <StateMark state={each.state} reason={each.reason} /> },
        { head: "Protocol", cell: (each) => each.protocol },
        { head: "Token", cell: (each) => each.token || "(none was right)" },
        { head: "Address", cell: (each) => each.peer, soft: true },
        { head: "Items/s, 5 minutes", cell: (each) => <Sparkline values={rates(each.id)} slots={KEPT} /> },
        { head: "1 m", number: true, cell: (each) => rate(each.rate_1m) },
        { head: "Requests", number: true, cell: (each) => compact(each.requests) },
        { head: "Bytes", number: true, cell: (each) => bytes(each.bytes) },
        { head: "Refused", number: true, cell: (each) => <Refused sender={each} /> },
        { head: "Last seen", number: true, cell: (each) => <Seen at={each.last_seen} now={list.now} zone={zone} /> },
      ]}
    />
  );
}

function Refused({ sender }: { sender: Sender }): ReactNode {
  const total = sender.rejects.reduce((sum, each) => sum + each.count, 0);
  if (total === 0) return "0";
  return <span className={classes["bad"]}>{count(total)}</span>;
}

/** Why requests were refused, said in full: a sender seldom reads its own answers. */
export function Refusals({ list, zone }: { list: SourceList; zone: string }): ReactNode {
  const told = list.senders.flatMap((sender) => sender.rejects.map((reject) => ({ sender, reject })));
  return told.map(({ sender, reject }) => {
    const who = `${protocolName(sender.protocol)} from ${sender.peer}${sender.token === "" ? "" : ` (${sender.token})`}`;
    const fresh = list.now - reject.last < 60;
    return (
      <Notice
        key={`${sender.id} ${reject.reason}`}
        tone={fresh ? "warning" : "info"}
        problem={problem(reject.reason, `${who}: ${reject.sentence || reject.reason.replaceAll("-", " ")}`, `${count(reject.count)} refused, last at ${clock(reject.last * 1e3, zone)}`)}
      />
    );
  });
}

export function StreamTable({ streams }: { streams: readonly Stream[] }): ReactNode {
  return (
    <DataTable
      label="Streams"
      rows={streams}
      keyOf={(each) => each.stream}
      columns={[
        { head: "State", cell: (each) => <StateMark state={each.stalled ? "stalled" : "ok"} reason={each.failing} /> },
        { head: "Stream", cell: (each) => each.stream },
        { head: "Loaded/s, 5 minutes", cell: (each) => <Sparkline values={streamRates(each.stream)} slots={KEPT} /> },
        { head: "Requests", number: true, cell: (each) => compact(each.requests) },
        { head: "Received", number: true, cell: (each) => bytes(each.received_bytes) },
        { head: "Acknowledged", number: true, cell: (each) => compact(each.acknowledged) },
        { head: "Loaded", number: true, cell: (each) => compact(each.loaded) },
        { head: "Repeated", number: true, cell: (each) => compact(each.repeated) },
        { head: "Dead letters", number: true, cell: (each) => (each.buried > 0 ? <span className={classes["bad"]}>{count(each.buried)}</span> : "0") },
        { head: "Backlog", number: true, cell: (each) => bytes(each.backlog_bytes) },
        { head: "Lag", number: true, cell: (each) => duration(Number(each.lag_seconds.toPrecision(2))) },
      ]}
    />
  );
}
