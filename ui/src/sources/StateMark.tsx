/** A state as shape and word, never colour alone. */
import { Tooltip } from "@mantine/core";
import type { ReactNode } from "react";
import { Icon, type IconName } from "@/shell/Icon";
import type { State } from "./sources";
import classes from "./StateMark.module.css";

const SHAPES: Record<State, IconName> = { ok: "check", new: "plus", silent: "minus", stalled: "error", rejecting: "warning" };

export function StateMark({ state, reason }: { state: State; reason: string | null }): ReactNode {
  const mark = (
    <span className={classes["mark"]} data-state={state}>
      <Icon name={SHAPES[state]} />
      {state}
    </span>
  );
  return reason === null ? mark : <Tooltip label={reason}>{mark}</Tooltip>;
}
