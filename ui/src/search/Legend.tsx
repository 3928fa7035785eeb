/** The series of a chart with their values: at the cursor, else the last. A click switches one off, a double click shows it alone. */
import type { ReactNode } from "react";
import type { Drawn } from "@/chart/series";
import { stamp } from "@/time/zone";
import classes from "./Legend.module.css";

interface LegendProps {
  drawn: Drawn;
  at: number | null;
  hidden: readonly string[];
  zone: string;
  write: (value: number) => string;
  onToggle: (name: string) => void;
  onOnly: (name: string) => void;
}

export function Legend({ drawn, at, hidden, zone, write, onToggle, onOnly }: LegendProps): ReactNode {
  const place = at ?? drawn.times.length - 1;
  const time = drawn.times[place];
  return (
    <section className={classes["legend"]} aria-label="Series">
      <p className={classes["time"]}>{time === undefined ? "" : `${at === null ? "last, " : ""}${stamp(time * 1e3, zone).slice(0, 19)}`}</p>
      <ul>
        {drawn.series.map((each) => {
          const value = each.values[place];
          const off = hidden.includes(each.name);
          return (
            <li key={each.name}>
              <button type="button" aria-pressed={!off} onClick={() => onToggle(each.name)} onDoubleClick={() => onOnly(each.name)} title={each.name}>
                <i style={{ background: `var(${each.colour})` }} />
                <span className={classes["name"]}>{each.name === "" ? "(empty)" : each.name}</span>
                <b>{value == null ? "–" : write(value)}</b>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
