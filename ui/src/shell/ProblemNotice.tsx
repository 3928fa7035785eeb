/** A problem as people read it: what is wrong, what to do, and a way to try again. */
import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { type Problem, problemOf } from "@/api/problem";
import { Icon } from "./Icon";
import classes from "./ProblemNotice.module.css";

interface ProblemNoticeProps {
  error: unknown;
  onRetry?: (() => void) | undefined;
}

export function ProblemNotice({ error, onRetry }: ProblemNoticeProps): ReactNode {
  return <Notice problem={problemOf(error)} tone="critical" onRetry={onRetry} />;
}

interface NoticeProps {
  problem: Problem;
  tone: "critical" | "warning" | "info";
  onRetry?: (() => void) | undefined;
}

const ICONS = { critical: "error", warning: "warning", info: "info" } as const;

export function Notice({ problem, tone, onRetry }: NoticeProps): ReactNode {
  return (
    <div className={classes["notice"]} data-tone={tone} role={tone === "critical" ? "alert" : "status"}>
      <Icon name={ICONS[tone]} />
      <span className={classes["text"]}>
        <span className={classes["sentence"]}>{sentence(problem.sentence)}</span>
        {problem.hint !== null && <span className={classes["hint"]}> {sentence(problem.hint)}</span>}
      </span>
      <code className={classes["code"]}>{problem.code}</code>
      {onRetry !== undefined && (
        <Button size="compact-xs" variant="default" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** Problems start lower-case and end without a full stop; on the page they are sentences. */
function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
