/** `Ctrl K`: every command of the page by name, chosen with arrows and Enter. */
import { Modal } from "@mantine/core";
import { type KeyboardEvent, type ReactNode, useId, useMemo, useState } from "react";
import classes from "./CommandPalette.module.css";
import { type Command, useCommandList } from "./commands";

export function CommandPalette({ opened, onClose }: { opened: boolean; onClose: () => void }): ReactNode {
  if (!opened) return null;
  return (
    <Modal.Root opened onClose={onClose} size="var(--palette)" padding={0} lockScroll={false} transitionProps={{ duration: 0 }}>
      <Modal.Overlay color="var(--veil)" backgroundOpacity={1} />
      <Modal.Content aria-label="Commands">
        <Modal.Body>
          <Choice onClose={onClose} />
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

function Choice({ onClose }: { onClose: () => void }): ReactNode {
  const list = useCommandList();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const id = useId();
  const all = useMemo(() => list().filter((each) => each.quiet !== true), [list]);
  const found = matching(all, text);
  const chosen = Math.min(at, found.length - 1);
  const run = (command: Command | undefined): void => {
    if (command === undefined) return;
    onClose();
    command.run();
  };
  const press = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) setAt((chosen + step + found.length) % Math.max(found.length, 1));
    else if (event.key === "Enter") run(found[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <input
        className={classes["input"]}
        role="combobox"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={`${id}-${chosen}`}
        aria-label="Command"
        placeholder="Do or go to…"
        data-autofocus
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={press}
      />
      <div id={`${id}-list`} role="listbox" aria-label="Commands" className={classes["list"]}>
        {found.map((each, index) => (
          <button
            key={`${each.group} ${each.title}`}
            id={`${id}-${index}`}
            type="button"
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            className={classes["option"]}
            ref={index === chosen ? (element) => element?.scrollIntoView({ block: "nearest" }) : undefined}
            onClick={() => run(each)}
          >
            <span className={classes["group"]}>{each.group}</span>
            <span>{each.title}</span>
            {each.keys !== undefined && <kbd>{each.keys.join(" or ")}</kbd>}
          </button>
        ))}
        {found.length === 0 && <p className={classes["none"]}>Nothing is called “{text}”.</p>}
      </div>
    </>
  );
}

/** Commands that hold every word of the text. */
function matching(all: readonly Command[], text: string): Command[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter((each) => words.every((word) => `${each.group} ${each.title}`.toLowerCase().includes(word)));
}
