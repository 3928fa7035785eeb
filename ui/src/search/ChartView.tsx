/** A result drawn: series over time, or one bar a row; what is drawn is always there as a table too. */
import { SegmentedControl, Switch } from "@mantine/core";
import { lazy, type ReactNode, Suspense, useMemo, useState } from "react";
import { compact } from "@/text/quantity";
import { absolute, type Range } from "@/time/range";
import { snapped } from "@/time/fit";
import { stepOf } from "@/chart/series";
import { BarList } from "./BarList";
import classes from "./ChartView.module.css";
import { drawnOf, SHOWN_MOST } from "./drawn";
import { Legend } from "./Legend";
import type { Outcome } from "./run";
import type { Change } from "./useView";
import type { Drawing, View } from "./view";

const TimeChart = lazy(() => import("@/chart/TimeChart"));
const OVER_TIME: Drawing[] = ["line", "area", "column"];

interface ChartViewProps {
  outcome: Outcome;
  view: View;
  zone: string;
  onChange: Change;
  onRange: (range: Range) => void;
}

export function ChartView({ outcome, view, zone, onChange, onRange }: ChartViewProps): ReactNode {
  const [at, setAt] = useState<number | null>(null);
  const { rows, columns, count } = outcome;
  // `count` stands for the rows, which grow in place.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const found = useMemo(() => drawnOf(rows, columns), [rows, columns, count]);
  if (found.kind === "bars") return <BarList bars={found} />;
  const { drawn, left } = found;
  const drawing = view.drawing === null || view.drawing === "bar" ? "line" : view.drawing;
  const toggle = (name: string): void => {
    const hidden = view.hidden.includes(name) ? view.hidden.filter((each) => each !== name) : [...view.hidden, name];
    onChange({ hidden }, true);
  };
  const only = (name: string): void => {
    const others = drawn.series.map((each) => each.name).filter((each) => each !== name);
    const alone = others.every((each) => view.hidden.includes(each)) && !view.hidden.includes(name);
    onChange({ hidden: alone ? [] : others }, true);
  };
  const step = stepOf(drawn.times);
  return (
    <div className={classes["view"]}>
      <div className={classes["options"]}>
        <SegmentedControl
          aria-label="Chart"
          value={drawing}
          onChange={(value) => onChange({ drawing: value as Drawing }, true)}
          data={OVER_TIME.map((each) => ({ value: each, label: each.charAt(0).toUpperCase() + each.slice(1) }))}
        />
        <Switch label="Stacked" checked={view.stacked || drawing === "column"} disabled={drawing === "column"} onChange={(event) => onChange({ stacked: event.currentTarget.checked }, true)} />
        {left > 0 && (
          <span className={classes["note"]}>
            {SHOWN_MOST} of {SHOWN_MOST + left} series are drawn: those with the largest values. The table has all.
          </span>
        )}
      </div>
      <div className={classes["chart"]}>
        <Suspense>
          <TimeChart
            drawn={drawn}
            shape={drawing === "area" || drawing === "column" ? drawing : "line"}
            stack={view.stacked || drawing === "column"}
            hidden={view.hidden}
            zone={zone}
            label="Result over time"
            onCursor={setAt}
            onBrush={(stretch) => onRange(absolute(snapped(stretch, (drawn.times[0] ?? 0) * 1e3, step * 1e3)))}
          />
        </Suspense>
      </div>
      <Legend drawn={drawn} at={at} hidden={view.hidden} zone={zone} write={(value) => compact(value)} onToggle={toggle} onOnly={only} />
    </div>
  );
}
