/** The rows of a result: a real table of which only the rows in sight exist. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, type ReactNode, useEffect, useMemo, useRef } from "react";
import { severityRank, severityToken, tokenPixels } from "@/chart/palette";
import { Icon } from "@/shell/Icon";
import { cellContent } from "./Cell";
import { type Width, widthOf } from "./columns";
import classes from "./RowTable.module.css";
import { isUnreadable, type Row, type Rows, shown, timeOf, UNREADABLE } from "./rows";
import type { Sort } from "./view";

interface RowTableProps {
  rows: Rows;
  count: number;
  /** Row numbers in the order shown; null as they came. */
  order: readonly number[] | null;
  columns: readonly string[];
  sort: Sort | null;
  open: number | null;
  cursor: number | null;
  zone: string;
  dense: boolean;
  wrap: boolean;
  label: string;
  onSort: (field: string) => void;
  onOpen: (index: number) => void;
}

const OVERSCAN = 8;
// Only rows that call for attention carry an edge: a colour on every row says nothing.
const WARN = severityRank("WARN");

export function RowTable(props: RowTableProps): ReactNode {
  const { rows, count, order, columns, sort, open, cursor, zone, dense, wrap, label, onSort, onOpen } = props;
  const box = useRef<HTMLDivElement>(null);
  const height = tokenPixels(dense ? "--row-dense" : "--row-comfortable");
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => box.current,
    estimateSize: () => height,
    overscan: OVERSCAN,
  });
  useEffect(() => virtual.measure(), [virtual, height, wrap]);
  useEffect(() => {
    if (cursor !== null) virtual.scrollToIndex(cursor);
  }, [virtual, cursor]);
  const widths = useMemo(() => columns.map((name) => widthOf(name, rows)), [columns, rows, count > 0]); // eslint-disable-line react-hooks/exhaustive-deps -- layout follows the first rows
  const filled = widths.includes("wide");
  useRowClicks(box, onOpen);
  const items = virtual.getVirtualItems();
  // Rows that leave lend their elements to those that come. Wrapped ones are measured by element and keep theirs.
  const pool = Math.ceil((items.length + 1) / 16) * 16;
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    // A scrolling area must be reachable by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div ref={box} className={classes["box"]} tabIndex={0} role="region" aria-label={label}>
      <table className={classes["table"]} style={{ minWidth: leastWidth(widths) }} aria-rowcount={count + 1} data-dense={dense} data-wrap={wrap}>
        <colgroup>
          <col className={classes["opener"]} />
          {columns.map((name, at) => (
            <col key={name} className={classes[widths[at] ?? "plain"]} />
          ))}
          {!filled && <col />}
        </colgroup>
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">Open</span>
            </th>
            {columns.map((name, at) => (
              <Heading key={name} name={name} width={widths[at] ?? "plain"} sort={sort} onSort={onSort} />
            ))}
            {!filled && <td />}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <Gap height={before} span={columns.length + (filled ? 1 : 2)} />}
          {items.map((item) => {
            const index = order === null ? item.index : (order[item.index] ?? 0);
            return (
              <TableRow
                key={wrap ? item.key : item.index % pool}
                measure={wrap ? virtual.measureElement : undefined}
                place={item.index}
                index={index}
                row={rows.at(index)}
                columns={columns}
                filled={filled}
                widths={widths}
                zone={zone}
                open={index === open}
                current={item.index === cursor}
              />
            );
          })}
          {after > 0 && <Gap height={after} span={columns.length + (filled ? 1 : 2)} />}
        </tbody>
      </table>
    </div>
  );
}

/** Columns keep their widths and the text keeps some: what does not fit is scrolled to. */
function leastWidth(widths: readonly Width[]): string {
  const wide = widths.filter((each) => each === "wide").length;
  return `calc(var(--column) * ${widths.length - wide} + var(--cell-most) * ${wide})`;
}

/** A click anywhere on a row opens it, unless text was being selected; the keyboard has the row's own button. */
function useRowClicks(box: React.RefObject<HTMLDivElement | null>, onOpen: (index: number) => void): void {
  const call = useRef(onOpen);
  useEffect(() => {
    call.current = onOpen;
  });
  useEffect(() => {
    const element = box.current;
    const click = (event: MouseEvent): void => {
      const row = event.target instanceof Element ? event.target.closest<HTMLElement>("tr[data-row]") : null;
      if (row === null || getSelection()?.isCollapsed === false) return;
      call.current(Number(row.dataset["row"]));
    };
    element?.addEventListener("click", click);
    return () => element?.removeEventListener("click", click);
  }, [box]);
}

function Gap({ height, span }: { height: number; span: number }): ReactNode {
  return (
    <tr aria-hidden="true">
      <td colSpan={span} className={classes["gap"]} style={{ height }} />
    </tr>
  );
}

interface HeadingProps {
  name: string;
  width: Width;
  sort: Sort | null;
  onSort: (field: string) => void;
}

function Heading({ name, width, sort, onSort }: HeadingProps): ReactNode {
  const sorted = sort?.field === name;
  return (
    <th scope="col" data-width={width} aria-sort={sorted ? (sort.descending ? "descending" : "ascending") : undefined}>
      <button type="button" onClick={() => onSort(name)} title={`Sort by ${name}`}>
        {name}
        {sorted && <Icon name={sort.descending ? "down" : "up"} />}
      </button>
    </th>
  );
}

interface TableRowProps {
  measure: ((element: Element | null) => void) | undefined;
  place: number;
  index: number;
  row: Row;
  columns: readonly string[];
  /** Whether a column takes what is left of the width; else an empty one does. */
  filled: boolean;
  widths: readonly Width[];
  zone: string;
  open: boolean;
  current: boolean;
}

const TableRow = memo(function TableRow({ measure, place, index, row, columns, filled, widths, zone, open, current }: TableRowProps): ReactNode {
  const severity = row["status"] === "ERROR" ? "ERROR" : row["severity"];
  return (
    <tr ref={measure} data-index={place} data-row={index} data-open={open} data-current={current} aria-rowindex={place + 2}>
      <td className={classes["edge"]}>
        {typeof severity === "string" && severityRank(severity) <= WARN && <i style={{ background: `var(${severityToken(severity)})` }} />}
        <button type="button" aria-label={`Open row ${place + 1}${timeOf(row) === null ? "" : `, ${String(row["_time"])}`}`} aria-expanded={open}>
          ›
        </button>
      </td>
      {isUnreadable(row) ? (
        <td colSpan={columns.length + (filled ? 0 : 1)}>
          <span className={classes["unreadable"]}>{UNREADABLE}:</span> {shown(row["_raw"])}
        </td>
      ) : (
        <>
          {columns.map((name, at) => (
            <td key={name} data-width={widths[at]}>
              {cellContent(name, row[name], zone)}
            </td>
          ))}
          {!filled && <td />}
        </>
      )}
    </tr>
  );
});
