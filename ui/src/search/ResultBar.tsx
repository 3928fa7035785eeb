/** Above the result: how it is shown, how much of it there is, how it is laid out, how it leaves. */
import { ActionIcon, Button, Checkbox, Menu, Popover, SegmentedControl, TextInput, Tooltip } from "@mantine/core";
import { type ReactNode, useEffect, useState } from "react";
import { Icon } from "@/shell/Icon";
import { setPreferences, usePreferences } from "@/shell/preferences";
import { count, duration } from "@/text/quantity";
import classes from "./ResultBar.module.css";
import type { Outcome } from "./run";
import { MOST_CHOICES, type Tab } from "./view";

interface ResultBarProps {
  outcome: Outcome | undefined;
  running: boolean;
  /** The outcome belongs to the question before. */
  stale: boolean;
  tabs: readonly Tab[];
  tab: Tab;
  most: number;
  fields: readonly string[];
  columns: readonly string[];
  facets: boolean;
  note: string | null;
  onCancel: () => void;
  onTab: (tab: Tab) => void;
  onMost: (most: number) => void;
  onColumn: (field: string) => void;
  onResetColumns: () => void;
  onExport: (format: "csv" | "ndjson") => void;
}

export function ResultBar(props: ResultBarProps): ReactNode {
  const { outcome, running, stale, tabs, tab, most, facets, note, onCancel, onTab, onMost, onExport } = props;
  const { density, wrap, facets: listed } = usePreferences();
  return (
    <div className={classes["bar"]}>
      {facets && (
        <Tooltip label="Show or hide the fields">
          <ActionIcon aria-label="Show or hide the fields" aria-pressed={listed} onClick={() => setPreferences({ facets: !listed })}>
            <Icon name="filter" />
          </ActionIcon>
        </Tooltip>
      )}
      {tabs.length > 1 && (
        <SegmentedControl
          aria-label="Show as"
          value={tab}
          onChange={(value) => onTab(value as Tab)}
          data={tabs.map((each) => ({ value: each, label: each.charAt(0).toUpperCase() + each.slice(1) }))}
        />
      )}
      <span className={classes["count"]} role="status">
        {note ?? (running ? <Running rows={stale ? 0 : (outcome?.count ?? 0)} onCancel={onCancel} /> : told(outcome))}
      </span>
      <div className={classes["right"]}>
        {tab !== "chart" && (
          <>
            <ColumnChoice {...props} />
            <Toggle label="Wrap long values" icon="wrap" on={wrap} onToggle={() => setPreferences({ wrap: !wrap })} />
            <Toggle
              label="Comfortable rows"
              icon="rows"
              on={density === "comfortable"}
              onToggle={() => setPreferences({ density: density === "dense" ? "comfortable" : "dense" })}
            />
          </>
        )}
        <Menu position="bottom-end">
          <Menu.Target>
            <Button variant="subtle" color="gray" rightSection={<Icon name="down" />}>
              {count(most)} rows
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Label>At most this many rows are fetched</Menu.Label>
            {MOST_CHOICES.map((each) => (
              <Menu.Item key={each} aria-current={each === most} onClick={() => onMost(each)}>
                {count(each)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
        <Menu position="bottom-end">
          <Menu.Target>
            <Button variant="subtle" color="gray" leftSection={<Icon name="download" />}>
              Export
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Label>The rows fetched</Menu.Label>
            <Menu.Item onClick={() => onExport("csv")}>CSV, shown columns</Menu.Item>
            <Menu.Item onClick={() => onExport("ndjson")}>NDJSON, all fields</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
    </div>
  );
}

function told(outcome: Outcome | undefined): string {
  if (outcome === undefined) return "";
  const rows = `${outcome.state === "cut" ? "First " : ""}${count(outcome.count)} ${outcome.count === 1 ? "row" : "rows"}`;
  return `${rows} in ${duration(Number(outcome.seconds.toPrecision(2)))}`;
}

/** After a second a search says how far it is and offers to stop. */
function Running({ rows, onCancel }: { rows: number; onCancel: () => void }): ReactNode {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const started = Date.now();
    const timer = setInterval(() => setSeconds((Date.now() - started) / 1e3), 500);
    return () => clearInterval(timer);
  }, []);
  if (seconds < 1) return "Searching…";
  return (
    <>
      {`Searching… ${duration(Math.floor(seconds))}, ${count(rows)} rows so far `}
      <Button size="compact-xs" variant="default" onClick={onCancel}>
        Cancel
      </Button>
    </>
  );
}

interface ToggleProps {
  label: string;
  icon: "wrap" | "rows";
  on: boolean;
  onToggle: () => void;
}

function Toggle({ label, icon, on, onToggle }: ToggleProps): ReactNode {
  return (
    <Tooltip label={label}>
      <ActionIcon variant={on ? "light" : "subtle"} color={on ? "accent" : "gray"} aria-label={label} aria-pressed={on} onClick={onToggle}>
        <Icon name={icon} />
      </ActionIcon>
    </Tooltip>
  );
}

function ColumnChoice({ fields, columns, onColumn, onResetColumns }: ResultBarProps): ReactNode {
  const [text, setText] = useState("");
  const found = [...new Set([...columns, ...fields])].filter((each) => each.toLowerCase().includes(text.toLowerCase()));
  return (
    <Popover position="bottom-end" trapFocus>
      <Popover.Target>
        <Button variant="subtle" color="gray" leftSection={<Icon name="columns" />}>
          Columns
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <TextInput aria-label="Filter columns" placeholder="Filter columns" value={text} onChange={(event) => setText(event.currentTarget.value)} />
        <div className={classes["columns"]}>
          {found.slice(0, 200).map((each) => (
            <Checkbox key={each} label={each} checked={columns.includes(each)} onChange={() => onColumn(each)} />
          ))}
        </div>
        <Button variant="default" onClick={onResetColumns}>
          As the result suggests
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}
