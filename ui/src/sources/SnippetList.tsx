/** Ways to send data, ready to paste; each turns green when data of its protocol arrive. */
import { Accordion } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { FIRST_TOKEN, isOpen, sessionQuery, tokenCommand } from "@/api/session";
import { CopyButton } from "@/search/CopyButton";
import { Icon } from "@/shell/Icon";
import { compact, duration } from "@/text/quantity";
import classes from "./SnippetList.module.css";
import { placeOf, type Snippet, WAYS, type Way } from "./snippets";
import type { SourceList } from "./sources";

interface Arrival {
  items: number;
  /** Seconds since the last. */
  age: number;
}

export function SnippetList({ list }: { list: SourceList | undefined }): ReactNode {
  const session = useQuery(sessionQuery);
  const open = session.data === undefined || isOpen(session.data);
  const place = placeOf(window.location, open);
  return (
    <aside className={classes["panel"]} aria-label="Send data">
      <h2 className={classes["title"]}>Send data</h2>
      <TokenNote open={open} />
      <Accordion classNames={{ control: classes["control"] ?? "", content: classes["content"] ?? "", label: classes["label"] ?? "" }} transitionDuration={0}>
        {WAYS.map((way) => {
          const arrived = arrivalOf(way, list);
          return (
            <Accordion.Item key={way.title} value={way.title.replace(/\W+/g, "-")}>
              <Accordion.Control>
                <span className={classes["mark"]} data-arrived={arrived !== null}>
                  {arrived === null ? <i /> : <Icon name="check" />}
                </span>
                <span className={classes["name"]}>{way.title}</span>
                <span className={classes["told"]}>{arrived === null ? "nothing yet" : `${compact(arrived.items)} · ${ago(arrived.age)}`}</span>
              </Accordion.Control>
              <Accordion.Panel>
                {way.snippets.map((each) => (
                  <Code key={each.title} snippet={each} text={each.text(place)} titled={way.snippets.length > 1} />
                ))}
              </Accordion.Panel>
            </Accordion.Item>
          );
        })}
      </Accordion>
    </aside>
  );
}

function TokenNote({ open }: { open: boolean }): ReactNode {
  if (!open) {
    return (
      <div className={classes["note"]}>
        <p>A sender needs an access token of the scope “ingest”, in PILOTAGE_TOKEN:</p>
        <pre>{tokenCommand("app", "ingest")}</pre>
      </div>
    );
  }
  return (
    <details className={classes["note"]}>
      <summary>This server needs no access token: any is right.</summary>
      <p>From the first one on every request needs one, this page too. Keep what it prints:</p>
      <pre>{FIRST_TOKEN}</pre>
      <p>Then one for each application that sends:</p>
      <pre>{tokenCommand("app", "ingest")}</pre>
    </details>
  );
}

function Code({ snippet, text, titled }: { snippet: Snippet; text: string; titled: boolean }): ReactNode {
  return (
    <section>
      {titled && <h3 className={classes["client"]}>{snippet.title}</h3>}
      <div className={classes["code"]}>
        <CopyButton text={text} label={`Copy ${snippet.title} (${snippet.kind})`} />
        <pre>{text}</pre>
      </div>
    </section>
  );
}

function ago(seconds: number): string {
  return seconds < 10 ? "now" : `${duration(Math.round(seconds))} ago`;
}

function arrivalOf(way: Way, list: SourceList | undefined): Arrival | null {
  if (list === undefined) return null;
  const senders = list.senders.filter((each) => way.proof.includes(each.protocol) && each.items > 0);
  if (senders.length === 0) return null;
  const newest = Math.max(...senders.map((each) => each.last_seen ?? 0));
  return { items: senders.reduce((sum, each) => sum + each.items, 0), age: Math.max(0, list.now - newest) };
}
