/** How many events there were when, by severity. */
import { ask } from "@/api/client";
import type { components } from "@/api/schema";
import { severityRank, severityToken } from "@/chart/palette";
import type { Drawn } from "@/chart/series";
import { type Question, requestOf } from "./run";

/** The server's answer; times in epoch seconds, null where there is neither a range nor an event. */
export type Volume = components["schemas"]["HistogramAnswer"];

export const BUCKETS = 150;

export function askVolume(question: Question, signal: AbortSignal): Promise<Volume> {
  return ask<Volume>("/api/v1/search/histogram", { method: "POST", body: { ...requestOf(question), buckets: BUCKETS, by: "severity" }, signal });
}

/** Severities spelled differently are one series; the worst lies at the bottom of the stack. */
export function drawnVolume(volume: Volume): Drawn {
  const merged = new Map<string, number[]>();
  for (const { name, counts } of volume.series) {
    const token = severityToken(name ?? "");
    const sums = merged.get(token) ?? counts.map(() => 0);
    counts.forEach((each, at) => {
      sums[at] = (sums[at] ?? 0) + each;
    });
    merged.set(token, sums);
  }
  const series = [...merged].map(([colour, values]) => ({ name: wordOf(colour), colour, values }));
  return { times: [...volume.starts], series: series.sort((a, b) => severityRank(a.name) - severityRank(b.name)) };
}

function wordOf(token: string): string {
  const word = token.replace("--severity-", "");
  return word === "none" ? "no severity" : word;
}
