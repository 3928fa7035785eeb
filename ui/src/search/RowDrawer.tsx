/** One row beside the table: its fields, its JSON, what happened around it, its trace. */
import { ActionIcon, Tabs, Tooltip } from "@mantine/core";
import type { ReactNode } from "react";
import { problem } from "@/api/problem";
import { Icon } from "@/shell/Icon";
import { Notice } from "@/shell/ProblemNotice";
import { stamp } from "@/time/zone";
import { FieldList } from "./FieldList";
import { pretty } from "./json";
import classes from "./RowDrawer.module.css";
import { isUnreadable, type Row, shown, timeOf, UNREADABLE } from "./rows";
import { Severity } from "./Cell";
import { Surroundings } from "./Surroundings";
import type { Term } from "./terms";
import { TraceOutline } from "./TraceOutline";
import { CopyButton } from "./CopyButton";
import type { Language } from "./view";

interface RowDrawerProps {
  row: Row;
  line: string;
  language: Language;
  zone: string;
  columns: readonly string[];
  onStep: (step: number) => void;
  onClose: () => void;
  onTerm: (term: Term) => void;
  onColumn: (field: string) => void;
  onQuery: (query: string) => void;
}

export function RowDrawer(props: RowDrawerProps): ReactNode {
  const { row, line, zone, onStep, onClose, onQuery } = props;
  const time = timeOf(row);
  const trace = typeof row["trace_id"] === "string" ? row["trace_id"] : "";
  return (
    <aside className={classes["drawer"]} aria-label="Row">
      <header className={classes["header"]}>
        <h2>{time === null ? "Row" : stamp(time, zone)}</h2>
        {typeof row["severity"] === "string" && <Severity value={row["severity"]} />}
        <div className={classes["actions"]}>
          <Step label="Previous row (k)" icon="up" run={() => onStep(-1)} />
          <Step label="Next row (j)" icon="down" run={() => onStep(1)} />
          <Step label="Close (Esc)" icon="close" run={onClose} />
        </div>
      </header>
      {isUnreadable(row) && <Notice tone="warning" problem={problem("unreadable-row", UNREADABLE, "below is its text as it came")} />}
      {row["_raw"] !== undefined && (
        <div className={classes["raw"]}>
          <pre>{shown(row["_raw"])}</pre>
          <CopyButton text={shown(row["_raw"])} label="Copy the text" />
        </div>
      )}
      <Tabs defaultValue="fields" className={classes["tabs"] ?? ""} classNames={{ panel: classes["panel"] ?? "" }}>
        <Tabs.List>
          <Tabs.Tab value="fields">Fields</Tabs.Tab>
          <Tabs.Tab value="json">JSON</Tabs.Tab>
          {time !== null && <Tabs.Tab value="around">Around it</Tabs.Tab>}
          {trace !== "" && <Tabs.Tab value="trace">Trace</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="fields">
          <FieldList {...props} />
        </Tabs.Panel>
        <Tabs.Panel value="json">
          <div className={classes["json"]}>
            <CopyButton text={pretty(line)} label="Copy the JSON" />
            <pre>{pretty(line)}</pre>
          </div>
        </Tabs.Panel>
        {time !== null && (
          <Tabs.Panel value="around">
            <Surroundings row={row} time={time} zone={zone} />
          </Tabs.Panel>
        )}
        {trace !== "" && (
          <Tabs.Panel value="trace">
            <TraceOutline trace={trace} span={shown(row["span_id"])} near={time} zone={zone} onQuery={onQuery} />
          </Tabs.Panel>
        )}
      </Tabs>
    </aside>
  );
}

function Step({ label, icon, run }: { label: string; icon: "up" | "down" | "close"; run: () => void }): ReactNode {
  return (
    <Tooltip label={label}>
      <ActionIcon aria-label={label} onClick={run}>
        <Icon name={icon} />
      </ActionIcon>
    </Tooltip>
  );
}
