/** The range that fits the data: nothing is worse than ten minutes of data squeezed into one bar of a week. */
import { absolute, ALL_TIME, type Bounds, PRESETS, type Range } from "./range";

const RECENT_SHARE = 0.5;
const PAD_SHARE = 0.01;
const WIDEST_DEFAULT_MS = 24 * 3600e3;

/**
 * The shortest preset that holds the data between `first` and `last` (epoch ms), at most a day when they are recent; when the data ended
 * longer ago than half of what it spans, its own extent.
 */
export function fitted(first: number, last: number, now: number): Range {
  if (!(last >= first)) return ALL_TIME;
  const age = now - last;
  const span = Math.max(last - first, 1e3);
  if (age < -60e3 || age > Math.max(span * RECENT_SHARE, 5 * 60e3)) return absolute(padded([first, last]));
  for (const preset of PRESETS) {
    const width = widthOf(preset.from);
    if (width !== null && (width >= now - first || width >= WIDEST_DEFAULT_MS)) return { from: preset.from, to: "now" };
  }
  return ALL_TIME;
}

function widthOf(from: string): number | null {
  const found = /^-(\d+)([mhd])$/.exec(from);
  if (found === null) return null;
  const unit = { m: 60e3, h: 3600e3, d: 86_400e3 }[found[2] as "m" | "h" | "d"];
  return Number(found[1]) * unit;
}

function padded([first, last]: Bounds): Bounds {
  const pad = Math.max((last - first) * PAD_SHARE, 500);
  return [first - pad, last + pad];
}

/** A brushed stretch grown to whole buckets of `step` that start at `origin`; at least one bucket. All epoch ms. */
export function snapped([start, end]: Bounds, origin: number, step: number): Bounds {
  if (!(step > 0)) return [start, end];
  const first = origin + Math.floor((start - origin) / step) * step;
  const last = origin + Math.ceil((end - origin) / step) * step;
  return [first, Math.max(last, first + step)];
}
