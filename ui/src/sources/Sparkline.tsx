/** A small line of recent values from zero up, the newest at the right edge; its numbers stand beside it. */
import type { ReactNode } from "react";
import classes from "./Sparkline.module.css";

interface SparklineProps {
  values: readonly number[];
  /** How many values fill the width. */
  slots: number;
}

export function Sparkline({ values, slots }: SparklineProps): ReactNode {
  if (values.length < 2) return <span className={classes["spark"]} />;
  const most = Math.max(...values, 1e-9);
  const step = 100 / (slots - 1);
  const first = 100 - step * (values.length - 1);
  const points = values.map((each, at) => `${(first + at * step).toFixed(1)},${(19 - (each / most) * 18).toFixed(1)}`);
  return (
    <svg className={classes["spark"]} viewBox="0 0 100 20" preserveAspectRatio="none" aria-hidden="true">
      <polygon points={`${first.toFixed(1)},20 ${points.join(" ")} 100,20`} />
      <polyline points={points.join(" ")} />
    </svg>
  );
}
