/** A plain table of a few dozen rows: words left, numbers right. */
import type { ReactNode } from "react";
import classes from "./DataTable.module.css";

export interface DataColumn<T> {
  head: string;
  cell: (row: T) => ReactNode;
  number?: boolean;
  soft?: boolean;
}

interface DataTableProps<T> {
  label: string;
  rows: readonly T[];
  columns: readonly DataColumn<T>[];
  keyOf: (row: T) => string;
}

export function DataTable<T>({ label, rows, columns, keyOf }: DataTableProps<T>): ReactNode {
  return (
    <table className={classes["table"]} aria-label={label}>
      <thead>
        <tr>
          {columns.map((each) => (
            <th key={each.head} scope="col" data-number={each.number}>
              {each.head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map((each) => (
              <td key={each.head} data-number={each.number} data-soft={each.soft}>
                {each.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
