/** Every field of a row with what can be done with it. */
import { ActionIcon, TextInput, Tooltip } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { Icon, type IconName } from "@/shell/Icon";
import { cellText, LinkedText } from "./Cell";
import { copyText } from "./clipboard";
import classes from "./FieldList.module.css";
import { type Row, shown } from "./rows";
import { type Term, termText } from "./terms";
import type { Language } from "./view";

interface FieldListProps {
  row: Row;
  language: Language;
  zone: string;
  columns: readonly string[];
  onTerm: (term: Term) => void;
  onColumn: (field: string) => void;
}

export function FieldList({ row, language, zone, columns, onTerm, onColumn }: FieldListProps): ReactNode {
  const [text, setText] = useState("");
  const words = text.toLowerCase();
  const fields = Object.entries(row).filter(([name, value]) => name !== "_raw" && `${name} ${shown(value)}`.toLowerCase().includes(words));
  return (
    <>
      <TextInput className={classes["filter"] ?? ""} aria-label="Filter this row's fields" placeholder="Filter fields and values" value={text} onChange={(event) => setText(event.currentTarget.value)} />
      <dl className={classes["list"]}>
        {fields.map(([name, value]) => {
          const plain = shown(value);
          const term = (exclude: boolean): Term => ({ field: name, value: plain, exclude });
          return (
            <div key={name} className={classes["field"]}>
              <dt title={name}>{name}</dt>
              <dd>
                <LinkedText text={cellText(name, value, zone)} />
              </dd>
              <dd className={classes["actions"]}>
                <Act label={`Only rows with this ${name}`} icon="plus" run={() => onTerm(term(false))} />
                <Act label={`Only rows without this ${name}`} icon="minus" run={() => onTerm(term(true))} />
                <Act label={columns.includes(name) ? `Remove column ${name}` : `Show column ${name}`} icon="columns" run={() => onColumn(name)} />
                <Act label={`Copy ${name} as a filter`} icon="filter" run={() => void copyText(termText(term(false), language))} />
                <Act label={`Copy the value of ${name}`} icon="copy" run={() => void copyText(plain)} />
              </dd>
            </div>
          );
        })}
      </dl>
    </>
  );
}

function Act({ label, icon, run }: { label: string; icon: IconName; run: () => void }): ReactNode {
  return (
    <Tooltip label={label}>
      <ActionIcon size="sm" aria-label={label} onClick={run}>
        <Icon name={icon} />
      </ActionIcon>
    </Tooltip>
  );
}
