/** Language, editor, run or cancel, live tail. The draft lives here until it is run. */
import { Button, Select, Tooltip } from "@mantine/core";
import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import type { Problem } from "@/api/problem";
import { useCommands } from "@/shell/commands";
import { Icon } from "@/shell/Icon";
import classes from "./QueryBar.module.css";
import { useLanguages } from "./languages";
import { useAssistant } from "./useAssistant";
import type { Language, View } from "./view";

const QueryEditor = lazy(() => import("./QueryEditor"));

interface QueryBarProps {
  view: View;
  problem: Problem | null;
  running: boolean;
  onRun: (query: string, language: Language) => void;
  onCancel: () => void;
  onLive: () => void;
}

export function QueryBar({ view, problem, running, onRun, onCancel, onLive }: QueryBarProps): ReactNode {
  const [draft, setDraft] = useState(view.query);
  const languages = useLanguages();
  const assistant = useAssistant(view);
  useEffect(() => setDraft(view.query), [view.query]);
  const run = (): void => onRun(draft, view.language);
  useCommands([
    { title: "Write the query", group: "Search", keys: ["/"], run: focusEditor },
    { title: "Run the query", group: "Search", keys: ["Ctrl Enter"], run },
    { title: view.live ? "Stop the live tail" : "Start the live tail", group: "Search", keys: ["l"], run: onLive },
  ]);
  const span = problem?.span ?? null;
  return (
    <div className={classes["bar"]}>
      <Select
        aria-label="Language"
        className={classes["language"]}
        data={languages.map((each) => ({ value: each, label: each === "spl" ? "SPL" : "Sumo" }))}
        value={view.language}
        allowDeselect={false}
        onChange={(value) => onRun(draft, value === "sumo" ? "sumo" : "spl")}
      />
      <Suspense fallback={<pre className={classes["waiting"]}>{draft}</pre>}>
        <QueryEditor text={draft} language={view.language} span={span} assistant={assistant} onChange={setDraft} onRun={run} />
      </Suspense>
      <div className={classes["buttons"]}>
        {running ? (
          <Button variant="default" leftSection={<Icon name="stop" />} onClick={onCancel}>
            Cancel
          </Button>
        ) : (
          <Tooltip label="Ctrl Enter">
            <Button leftSection={<Icon name="play" />} onClick={run}>
              Run
            </Button>
          </Tooltip>
        )}
        <Button variant={view.live ? "light" : "default"} aria-pressed={view.live} leftSection={<Icon name="live" />} onClick={onLive}>
          Live tail
        </Button>
      </div>
    </div>
  );
}

function focusEditor(): void {
  document.querySelector<HTMLElement>("[data-query-editor] .cm-content")?.focus();
}
