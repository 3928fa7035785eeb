/** Who sends what: the server's watch over its sources, asked every few seconds, with the rates it told lately. */
import { useQuery } from "@tanstack/react-query";
import { ask } from "@/api/client";
import type { components } from "@/api/schema";

export type SourceList = components["schemas"]["SourceList"];
export type Source = components["schemas"]["Source"];
export type Sender = components["schemas"]["Sender"];
export type Stream = components["schemas"]["Pipeline"];
export type Status = components["schemas"]["Status"];
export type State = Source["state"] | Sender["state"];

const PROTOCOLS: Readonly<Record<string, string>> = {
  "otlp-logs": "OTLP logs",
  "otlp-metrics": "OTLP metrics",
  "otlp-traces": "OTLP traces",
  hec: "HEC",
  sumo: "Sumo Logic",
  "remote-write": "Prometheus remote write",
  loki: "Loki",
  elasticsearch: "Elasticsearch",
  files: "Files",
  scrape: "Scraping",
};

/** A protocol as people write it. */
export function protocolName(name: string): string {
  return PROTOCOLS[name] ?? name;
}

const EVERY_MS = 5_000;
/** Five minutes of looks. */
export const KEPT = 60;

/** Rates by id, oldest first: kept while the page is open, so that coming back to Live shows the last minutes. */
const told = new Map<string, number[]>();
let last = 0;

export function rates(id: string): readonly number[] {
  return told.get(id) ?? [];
}

function remember(list: SourceList): SourceList {
  if (list.now === last) return list;
  last = list.now;
  for (const each of [...list.sources, ...list.senders]) keep(each.id, each.rate_1m, () => before(each));
  for (const each of list.streams) keep(`stream ${each.stream}`, each.loaded, () => []);
  return list;
}

function keep(id: string, value: number, first: () => number[]): void {
  const kept = told.get(id) ?? first();
  kept.push(value);
  if (kept.length > KEPT) kept.shift();
  told.set(id, kept);
}

/** The five minutes before the first look, as the server's two averages tell them: the last minute, and the mean of the four before. */
export function before({ rate_1m, rate_5m }: Pick<Source, "rate_1m" | "rate_5m">): number[] {
  const minute = KEPT / 5;
  const earlier = Math.max(0, (5 * rate_5m - rate_1m) / 4);
  return Array.from({ length: KEPT - 1 }, (_, at) => (at < KEPT - minute ? earlier : rate_1m));
}

/** Items a second of a stream between the last looks, from its running total. */
export function streamRates(stream: string): number[] {
  const totals = rates(`stream ${stream}`);
  return totals.slice(1).map((each, at) => Math.max(0, each - (totals[at] ?? each)) / (EVERY_MS / 1e3));
}

export function useSources(turn: number) {
  return useQuery({
    queryKey: ["sources", turn],
    queryFn: async ({ signal }) => remember(await ask<SourceList>("/api/v1/sources", { signal })),
    refetchInterval: EVERY_MS,
    placeholderData: (previous) => previous,
  });
}

export function useStatus(turn: number) {
  return useQuery({
    queryKey: ["status", turn],
    queryFn: ({ signal }) => ask<Status>("/api/v1/status", { signal }),
    refetchInterval: EVERY_MS,
    placeholderData: (previous) => previous,
  });
}
