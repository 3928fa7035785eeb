/** The line below the query: what is wrong at the cursor, else how the command or call being written goes on, else the keys. */
import type { ReactNode } from "react";
import { Icon } from "@/shell/Icon";
import classes from "./EditorHint.module.css";
import type { Finding, Signature } from "./editor/assistant";

const ICONS = { error: "error", warning: "warning", info: "info" } as const;

export function EditorHint({ finding, signature }: { finding: Finding | null; signature: Signature | null }): ReactNode {
  return (
    <div className={classes["hint"]}>
      <span role="status" aria-label="Check of the query" className={classes["said"]} data-severity={finding?.severity} hidden={finding === null}>
        {finding !== null && (
          <>
            <Icon name={ICONS[finding.severity]} />
            <span>{finding.sentence}</span>
            {finding.hint !== null && <span className={classes["remedy"]}>{finding.hint}</span>}
          </>
        )}
      </span>
      {finding === null && (signature === null ? <Keys /> : <Writing signature={signature} />)}
    </div>
  );
}

function Writing({ signature: { label, help, argument } }: { signature: Signature }): ReactNode {
  return (
    <span className={classes["writing"]} aria-label="What is being written" role="note">
      <code>{argument === null ? label : emphasised(label, argument)}</code>
      <span className={classes["remedy"]}>{help}</span>
    </span>
  );
}

/** The argument at the cursor stands out; the last one for all that follow it. */
function emphasised(label: string, argument: number): ReactNode {
  const open = label.indexOf("(");
  const parts = label.slice(open + 1).split(",");
  const at = Math.min(argument, parts.length - 1);
  return (
    <>
      {label.slice(0, open + 1)}
      {parts.map((part, place) => (
        // The parts of one label never change their places.
        <span key={place} className={place === at ? classes["now"] : undefined}>
          {place > 0 && ","}
          {part}
        </span>
      ))}
    </>
  );
}

function Keys(): ReactNode {
  return (
    <span className={classes["keys"]}>
      <kbd>Ctrl Enter</kbd> runs · <kbd>Ctrl Space</kbd> offers words · <kbd>Alt H</kbd> explains the word · <kbd>Alt F</kbd> a line for each stage
    </span>
  );
}
