/** One bar a row, as a table whose cells hold the bars: readable, copyable, and no chart library. */
import { SegmentedControl } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { compact, count } from "@/text/quantity";
import classes from "./BarList.module.css";
import type { Bars } from "./drawn";

export function BarList({ bars }: { bars: Bars }): ReactNode {
  const [measure, setMeasure] = useState(bars.measured);
  const chosen = Math.max(bars.measures.indexOf(measure ?? ""), 0);
  const values = bars.bars.map((each) => each.values[chosen] ?? null);
  const most = Math.max(...values.map((each) => Math.abs(each ?? 0)), 0);
  if (bars.measures.length === 0) return <p className={classes["none"]}>No column of this result is a number, so there is nothing to draw. The table shows it.</p>;
  return (
    <div className={classes["scroll"]}>
      {bars.measures.length > 1 && bars.measures.length <= 8 && (
        <SegmentedControl aria-label="Measure" value={bars.measures[chosen] ?? ""} onChange={setMeasure} data={bars.measures} />
      )}
      <table className={classes["table"]}>
        <thead>
          <tr>
            <th scope="col">{bars.named}</th>
            <th scope="col">{bars.measures[chosen]}</th>
            <th aria-hidden="true" />
          </tr>
        </thead>
        <tbody>
          {bars.bars.map((each, at) => (
            <tr key={`${each.name} ${at}`}>
              <th scope="row" title={each.name}>
                {each.name}
              </th>
              <td title={values[at] == null ? "" : count(values[at])}>{values[at] == null ? "–" : compact(values[at])}</td>
              <td>
                <i style={{ width: `${most === 0 ? 0 : (Math.abs(values[at] ?? 0) / most) * 100}%` }} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {bars.left > 0 && <p className={classes["none"]}>{count(bars.left)} more rows are in the table.</p>}
    </div>
  );
}
