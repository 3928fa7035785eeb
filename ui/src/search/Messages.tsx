/** What a search had to say, always in sight: limits reached, fields nobody knows, why rows are missing. */
import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { type Problem, problem } from "@/api/problem";
import { Notice, ProblemNotice } from "@/shell/ProblemNotice";
import { count } from "@/text/quantity";
import classes from "./Messages.module.css";
import type { Run } from "./useRun";
import { MOST_CHOICES } from "./view";

interface MessagesProps {
  run: Run;
  query: string;
  most: number;
  onMost: (most: number) => void;
}

export function Messages({ run, query, most, onMost }: MessagesProps): ReactNode {
  const { outcome, error, running } = run;
  const more = MOST_CHOICES.find((each) => each > most);
  const messages = unique(outcome?.report?.messages ?? []);
  return (
    <div className={classes["messages"]}>
      {error !== null && error !== undefined && <ProblemNotice error={error} onRetry={run.again} />}
      {outcome?.error != null && <Notice tone="critical" problem={{ ...outcome.error, span: null }} onRetry={run.again} />}
      {outcome?.state === "cancelled" && !running && (
        <Notice tone="warning" problem={problem("cancelled", `cancelled after ${count(outcome.count)} rows: these are not all`)} onRetry={run.again} />
      )}
      {outcome?.state === "cut" && (
        <div className={classes["cut"]}>
          <Notice tone="info" problem={problem("first-rows", `the first ${count(most)} rows are shown, there are more`, "narrow the range or the query")} />
          {more !== undefined && (
            <Button size="compact-xs" variant="default" onClick={() => onMost(more)}>
              Fetch {count(more)}
            </Button>
          )}
        </div>
      )}
      {messages.map((each) => (
        <Notice key={`${each.code} ${each.sentence}`} tone="warning" problem={placed(each, query)} />
      ))}
    </div>
  );
}

function unique(messages: readonly Problem[]): Problem[] {
  return messages.filter((each, at) => messages.findIndex((other) => other.sentence === each.sentence) === at);
}

/** The words a message points at, said with it. */
function placed(message: Problem, query: string): Problem {
  const words = message.span === null ? "" : query.slice(...message.span).trim();
  return words === "" || message.sentence.includes(words) || words.length > 40 ? message : { ...message, sentence: `${message.sentence} (at “${words}”)` };
}
