/** Ways to send data, ready to paste; each turns green when data of its protocol arrive. */
import { Accordion } from "@mantine/core";
import type { ReactNode } from "react";
import { CopyButton } from "@/search/CopyButton";
import { Icon } from "@/shell/Icon";
import { compact, duration } from "@/text/quantity";
import classes from "./SnippetList.module.css";
import { placeOf, type Snippet, SNIPPETS } from "./snippets";
import type { SourceList } from "./sources";

interface Arrival {
  items: number;
  /** Seconds since the last. */
  age: number;
}

export function SnippetList({ list }: { list: SourceList | undefined }): ReactNode {
  const place = placeOf(window.location);
  return (
    <aside className={classes["panel"]} aria-label="Send data">
      <h2 className={classes["title"]}>Send data</h2>
      <p className={classes["note"]}>
        On this machine any token does, unless the server has some: <code>pilotage token create --name app --scopes ingest</code>
      </p>
      <Accordion classNames={{ control: classes["control"] ?? "", content: classes["content"] ?? "", label: classes["label"] ?? "" }} transitionDuration={0}>
        {SNIPPETS.map((each) => {
          const arrived = arrivalOf(each, list);
          const text = each.text(place);
          return (
            <Accordion.Item key={each.title} value={each.title.replace(/\W+/g, "-")}>
              <Accordion.Control>
                <span className={classes["mark"]} data-arrived={arrived !== null}>
                  {arrived === null ? <i /> : <Icon name="check" />}
                </span>
                <span className={classes["name"]}>{each.title}</span>
                <span className={classes["told"]}>{arrived === null ? "nothing yet" : `${compact(arrived.items)} · ${ago(arrived.age)}`}</span>
              </Accordion.Control>
              <Accordion.Panel>
                <div className={classes["code"]}>
                  <CopyButton text={text} label={`Copy (${each.kind})`} />
                  <pre>{text}</pre>
                </div>
              </Accordion.Panel>
            </Accordion.Item>
          );
        })}
      </Accordion>
    </aside>
  );
}

function ago(seconds: number): string {
  return seconds < 10 ? "now" : `${duration(Math.round(seconds))} ago`;
}

function arrivalOf(snippet: Snippet, list: SourceList | undefined): Arrival | null {
  if (list === undefined) return null;
  const senders = list.senders.filter((each) => snippet.proof.includes(each.protocol) && each.items > 0);
  if (senders.length === 0) return null;
  const newest = Math.max(...senders.map((each) => each.last_seen ?? 0));
  return { items: senders.reduce((sum, each) => sum + each.items, 0), age: Math.max(0, list.now - newest) };
}
