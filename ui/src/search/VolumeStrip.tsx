/** The thin histogram above the rows; a brushed stretch becomes the range. */
import { useQuery } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useMemo, useState } from "react";
import { ProblemNotice } from "@/shell/ProblemNotice";
import { count, duration } from "@/text/quantity";
import { snapped } from "@/time/fit";
import { absolute, type Range } from "@/time/range";
import { short } from "@/time/zone";
import type { Question } from "./run";
import { askVolume, drawnVolume, type Volume } from "./volume";
import classes from "./VolumeStrip.module.css";

const TimeChart = lazy(() => import("@/chart/TimeChart"));

interface VolumeStripProps {
  question: Question;
  turn: number;
  onRange: (range: Range) => void;
}

export function VolumeStrip({ question, turn, onRange }: VolumeStripProps): ReactNode {
  const [at, setAt] = useState<number | null>(null);
  const { data, error, refetch } = useQuery({
    queryKey: ["volume", { ...question, most: 0 }, turn],
    queryFn: ({ signal }) => askVolume(question, signal),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    placeholderData: (last) => last,
  });
  const drawn = useMemo(() => (data === undefined ? null : drawnVolume(data)), [data]);
  const extent = useMemo((): [number, number] | null => extentOf(data), [data]);
  const step = data?.span ?? 0;
  if (error !== null) return <ProblemNotice error={error} onRetry={() => void refetch()} />;
  const start = at === null ? undefined : data?.starts[at];
  return (
    <section className={classes["strip"]} aria-label="Volume over time">
      <div className={classes["legend"]}>
        {data !== undefined && drawn !== null && (
          <>
            <span className={classes["total"]}>{count(data.total)} {data.total === 1 ? "event" : "events"}</span>
            <span className={classes["slice"]}>{start === undefined ? `a bar is ${duration(step)}` : `${short(start * 1e3, question.zone, true)} + ${duration(step)}`}</span>
            {drawn.series.map((each) => (
              <span key={each.name} className={classes["entry"]}>
                <i style={{ background: `var(${each.colour})` }} />
                {each.name}
                {at !== null && <b>{count(each.values[at] ?? 0)}</b>}
              </span>
            ))}
            <span className={classes["hint"]}>drag to zoom</span>
          </>
        )}
      </div>
      <div className={classes["chart"]}>
        {data !== undefined && drawn !== null && (
          <Suspense>
            <TimeChart
              drawn={drawn}
              shape="column"
              stack
              zone={question.zone}
              extent={extent}
              step={step}
              label="Events over time by severity"
              compactAxes
              onCursor={setAt}
              onBrush={(stretch) => onRange(absolute(snapped(stretch, (data.starts[0] ?? 0) * 1e3, step * 1e3)))}
            />
          </Suspense>
        )}
      </div>
    </section>
  );
}

/** From the first slice to the end of the range, so that no bar is cut. */
function extentOf(volume: Volume | undefined): [number, number] | null {
  const start = volume?.starts[0];
  return start === undefined || volume?.latest == null ? null : [start, Math.max(volume.latest, start + (volume.span ?? 1))];
}
