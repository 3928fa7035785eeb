/** Series over time by uPlot: lines, areas or columns, stacked or not, with a brush that reports a stretch of time. */
import "uplot/dist/uPlot.min.css";
import { useElementSize } from "@mantine/hooks";
import { type ReactNode, useEffect, useMemo, useRef } from "react";
import uPlot from "uplot";
import { compact } from "@/text/quantity";
import { timeLabels, wallDate } from "@/time/zone";
import type { Bounds } from "@/time/range";
import { tokenPixels, tokenValue } from "./palette";
import { type Drawn, stacked, stepOf, summary } from "./series";
import classes from "./TimeChart.module.css";
import { useScheme } from "./useScheme";

export type Shape = "line" | "area" | "column";

interface TimeChartProps {
  drawn: Drawn;
  shape: Shape;
  stack: boolean;
  hidden?: readonly string[];
  zone: string;
  /** Epoch seconds shown, when wider than the data. */
  extent?: [number, number] | null;
  /** Width of a column in seconds; told from the data when absent. */
  step?: number;
  label: string;
  compactAxes?: boolean;
  /** Epoch milliseconds. */
  onBrush?: (stretch: Bounds) => void;
  onCursor?: (index: number | null) => void;
}

export default function TimeChart(props: TimeChartProps): ReactNode {
  const { drawn, shape, stack, hidden, zone, extent, step, label, compactAxes = false, onBrush, onCursor } = props;
  const { ref, width, height } = useElementSize();
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const calls = useRef({ onBrush, onCursor });
  const scheme = useScheme();
  const hiddenNames = useMemo(() => new Set(hidden), [hidden]);
  const data = useMemo(() => dataOf(drawn, stack, hiddenNames), [drawn, stack, hiddenNames]);
  const names = JSON.stringify(drawn.series.map((each) => [each.name, each.colour]));
  const sized = width > 0 && height > 0;
  const brushes = onBrush !== undefined;
  const [start, end] = extent ?? [null, null];
  useEffect(() => {
    calls.current = { onBrush, onCursor };
  });
  useEffect(() => {
    if (!sized || host.current === null) return undefined;
    const series = JSON.parse(names) as [string, string][];
    const options = optionsOf({ series, shape, stack, zone, extent: start === null ? null : [start, end], step, compactAxes, brushes, calls });
    const made = new uPlot({ ...options, width, height }, data, host.current);
    plot.current = made;
    return () => {
      made.destroy();
      plot.current = null;
    };
    // Data and size are brought up to date below, without a new chart.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [sized, names, shape, stack, zone, start, end, step, compactAxes, brushes, scheme]);
  useEffect(() => plot.current?.setData(data), [data]);
  useEffect(() => {
    if (sized) plot.current?.setSize({ width, height });
  }, [sized, width, height]);
  return (
    <div ref={ref} className={classes["frame"]} role="img" aria-label={`${label}. ${summary(drawn.series, (value) => compact(value))}`}>
      <div ref={host} className={classes["host"]} />
    </div>
  );
}

function dataOf(drawn: Drawn, stack: boolean, hidden: ReadonlySet<string>): uPlot.AlignedData {
  const columns = stack ? stacked(drawn.series, hidden) : drawn.series.map((each) => (hidden.has(each.name) ? each.values.map(() => null) : each.values));
  // A stack is drawn from the highest sum down, so that every part shows.
  return [drawn.times, ...(stack ? columns.reverse() : columns)] as uPlot.AlignedData;
}

interface Wanted {
  series: [name: string, colour: string][];
  shape: Shape;
  stack: boolean;
  zone: string;
  extent: [number, number] | null;
  step: number | undefined;
  compactAxes: boolean;
  brushes: boolean;
  calls: { current: { onBrush?: ((stretch: Bounds) => void) | undefined; onCursor?: ((index: number | null) => void) | undefined } };
}

function optionsOf(wanted: Wanted): Omit<uPlot.Options, "width" | "height"> {
  const { series, shape, stack, zone, extent, step, compactAxes, brushes, calls } = wanted;
  const ordered = stack ? [...series].reverse() : series;
  const column = shape === "column";
  return {
    tzDate: (seconds) => wallDate(seconds, zone),
    legend: { show: false },
    padding: [compactAxes ? 8 : 12, 12, 0, 0],
    cursor: {
      points: { show: !column, one: true },
      drag: { x: brushes, y: false, setScale: false },
      y: !column && !compactAxes,
    },
    scales: {
      x: { time: true, range: (plot, low, high) => xRange(plot, low, high, extent, column ? step : 0) },
      y: { range: (_plot, low, high) => yRange(low, high, column || shape === "area" || stack) },
    },
    axes: axes(compactAxes, zone),
    series: [{}, ...ordered.map(([name, token]) => drawing(name, tokenValue(token), shape, stack, step))],
    hooks: {
      setSelect: [
        (plot) => {
          if (plot.select.width < 3) return;
          const from = plot.posToVal(plot.select.left, "x");
          const to = plot.posToVal(plot.select.left + plot.select.width, "x");
          plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
          calls.current.onBrush?.([from * 1e3, to * 1e3]);
        },
      ],
      setCursor: [(plot) => calls.current.onCursor?.(plot.cursor.idx ?? null)],
    },
  };
}

// Steps of an axis that counts: there are no half events.
const COUNTS = Array.from({ length: 16 }, (_, power) => [1, 2, 5].map((each) => each * 10 ** power)).flat();

function axes(small: boolean, zone: string): uPlot.Axis[] {
  const look = {
    stroke: tokenValue("--text-faint"),
    font: `${tokenPixels("--text-1")}px ${tokenValue("--font-text")}`,
    ticks: { show: false },
  };
  const grid = { stroke: tokenValue("--border"), width: 1 };
  return [
    { ...look, size: small ? 20 : 28, gap: 4, space: 72, grid: { show: false }, values: (_plot, splits) => timeLabels(splits, zone) },
    { ...look, size: 52, gap: 6, grid, space: small ? 20 : 40, ...(small ? { incrs: COUNTS } : {}), values: (_plot, splits) => splits.map((each) => compact(each)) },
  ];
}

function drawing(name: string, colour: string, shape: Shape, stack: boolean, step: number | undefined): uPlot.Series {
  if (shape === "column") {
    // A column stands on its bucket: from its time to the next. Side by side only makes sense for one series, so columns are stacked.
    const paths = uPlot.paths.bars?.({ align: 1, size: [0.92, 60 * (step === undefined ? 1 : 20)], gap: 1 });
    return { label: name, stroke: colour, fill: colour, width: 0, points: { show: false }, ...(paths === undefined ? {} : { paths }) };
  }
  const fill = shape === "area" ? `color-mix(in srgb, ${colour} ${stack ? 55 : 18}%, transparent)` : undefined;
  return { label: name, stroke: colour, width: 1.5, spanGaps: false, points: { show: false }, ...(fill === undefined ? {} : { fill: mixed(fill) }) };
}

/** Canvas needs a plain colour: the browser works `color-mix` out. */
function mixed(colour: string): string {
  const probe = document.createElement("i");
  probe.style.color = colour;
  document.body.append(probe);
  const plain = getComputedStyle(probe).color;
  probe.remove();
  return plain;
}

function xRange(plot: uPlot, low: number, high: number, extent: [number, number] | null, step: number | undefined): [number, number] {
  if (extent !== null) return extent;
  const width = step === 0 ? 0 : (step ?? stepOf(plot.data[0] as number[]));
  return low === high ? [low - 60, high + Math.max(width, 60)] : [low, high + width];
}

function yRange(low: number, high: number, zero: boolean): [number, number] {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  const bottom = zero || (low >= 0 && low < high / 2) ? Math.min(0, low) : low - (high - low) * 0.05;
  return [bottom, high === bottom ? bottom + 1 : high + (high - bottom) * 0.06];
}
