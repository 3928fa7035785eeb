/** `?`: the keys that work on this page. */
import { Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { useCommandList } from "./commands";
import classes from "./ShortcutSheet.module.css";

const EDITOR: readonly [string, string][] = [
  ["Ctrl Enter", "Run the query"],
  ["Enter", "New line"],
  ["Ctrl /", "Comment the line"],
  ["Ctrl Space", "Complete"],
  ["Alt F", "One stage a line"],
];

export function ShortcutSheet({ opened, onClose }: { opened: boolean; onClose: () => void }): ReactNode {
  if (!opened) return null;
  return (
    <Modal opened onClose={onClose} title="Keys" closeButtonProps={{ "aria-label": "Close" }}>
      <Sheet />
    </Modal>
  );
}

function Sheet(): ReactNode {
  const commands = useCommandList()().filter((each) => each.keys !== undefined);
  return (
    <>
      <Keys rows={commands.map((each) => [(each.keys ?? []).join(" or "), each.title])} />
      <h3 className={classes["heading"]}>In the editor</h3>
      <Keys rows={EDITOR} />
    </>
  );
}

function Keys({ rows }: { rows: readonly (readonly [string, string])[] }): ReactNode {
  return (
    <dl className={classes["keys"]}>
      {rows.map(([keys, title]) => (
        <div key={title}>
          <dt>
            <kbd>{keys}</kbd>
          </dt>
          <dd>{title}</dd>
        </div>
      ))}
    </dl>
  );
}
