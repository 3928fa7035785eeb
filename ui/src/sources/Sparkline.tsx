/** A small line of recent values from zero up; its numbers stand beside it. */
import type { ReactNode } from "react";
import classes from "./Sparkline.module.css";

export function Sparkline({ values }: { values: readonly number[] }): ReactNode {
  if (values.length < 2) return <span className={classes["spark"]} />;
  const most = Math.max(...values, 1e-9);
  const step = 100 / (values.length - 1);
  const points = values.map((each, at) => `${(at * step).toFixed(1)},${(19 - (each / most) * 18).toFixed(1)}`);
  return (
    <svg className={classes["spark"]} viewBox="0 0 100 20" preserveAspectRatio="none" aria-hidden="true">
      <polygon points={`0,20 ${points.join(" ")} 100,20`} />
      <polyline points={points.join(" ")} />
    </svg>
  );
}
