/** `j` `k` through the rows, `Enter` opens one, `Esc` closes it. */
import { useEffect, useState } from "react";
import { useCommands } from "@/shell/commands";
import { identity, type Rows } from "./rows";
import type { Change } from "./useView";

interface RowKeys {
  total: number;
  order: readonly number[] | null;
  open: number | null;
  rows: Rows;
  enabled: boolean;
  change: Change;
}

/** `cursor` is a place on the page, `place` takes a row's number. */
export function useRowKeys({ total, order, open, rows, enabled, change }: RowKeys): {
  cursor: number | null;
  move: (step: number) => void;
  place: (index: number) => void;
} {
  const [cursor, setCursor] = useState<number | null>(null);
  useEffect(() => setCursor(null), [rows]);
  const placeOf = (index: number): number => (order === null ? index : order.indexOf(index));
  const show = (at: number): void => change({ row: identity(rows.lines[order === null ? at : (order[at] ?? 0)] ?? "") }, true);
  const move = (step: number): void => {
    if (total === 0) return;
    const from = cursor ?? (open === null ? (step > 0 ? -1 : total) : placeOf(open));
    const next = Math.min(Math.max(from + step, 0), total - 1);
    setCursor(next);
    if (open !== null) show(next);
  };
  useCommands(
    enabled
      ? [
          { title: "Next row", group: "Rows", keys: ["j", "ArrowDown"], quiet: true, run: () => move(1) },
          { title: "Previous row", group: "Rows", keys: ["k", "ArrowUp"], quiet: true, run: () => move(-1) },
          { title: "Open the row", group: "Rows", keys: ["Enter"], quiet: true, run: () => (cursor === null ? undefined : show(cursor)) },
          ...(open === null ? [] : [{ title: "Close the row", group: "Rows", keys: ["Escape"], quiet: true, run: () => change({ row: null }, true) }]),
        ]
      : [],
  );
  return { cursor, move, place: (index) => setCursor(placeOf(index)) };
}
