/** What a chart draws: times and a column of numbers a series, and the arithmetic on them. */

export interface Series {
  name: string;
  /** Token of its colour. */
  colour: string;
  values: (number | null)[];
}

export interface Drawn {
  /** Epoch seconds, ascending. */
  times: number[];
  series: Series[];
}

/** Each series on top of those before it; an absent value adds nothing. */
export function stacked(series: readonly Series[], hidden: ReadonlySet<string>): (number | null)[][] {
  const sums: number[] = [];
  return series.map((each) =>
    each.values.map((value, at) => {
      if (hidden.has(each.name)) return null;
      const sum = (sums[at] ?? 0) + (value ?? 0);
      sums[at] = sum;
      return sum;
    }),
  );
}

/** Seconds between two points, the least there is; 0 with fewer than two. */
export function stepOf(times: readonly number[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (let at = 1; at < times.length; at += 1) least = Math.min(least, (times[at] ?? 0) - (times[at - 1] ?? 0));
  return Number.isFinite(least) ? least : 0;
}

/** A chart in words, for who does not see it. */
export function summary(series: readonly Series[], write: (value: number) => string): string {
  const most = 6;
  const told = series.slice(0, most).map(({ name, values }) => {
    const known = values.filter((each): each is number => each !== null);
    if (known.length === 0) return `${name}: no values`;
    let [low, high] = [Infinity, -Infinity];
    for (const each of known) {
      low = Math.min(low, each);
      high = Math.max(high, each);
    }
    return `${name}: from ${write(low)} to ${write(high)}, last ${write(known.at(-1) ?? 0)}`;
  });
  const rest = series.length - most;
  return `${told.join("; ")}${rest > 0 ? `; and ${rest} more` : ""}`;
}
