/** Asks what data there are and says which range fits them. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { ask } from "@/api/client";
import { fitted } from "@/time/fit";
import type { Range } from "@/time/range";

interface IndexSpan {
  name: string;
  rows: number;
  first: number;
  last: number;
}

/** The range of everything but our own telemetry. */
export function useFittedRange(): () => Promise<Range> {
  const queries = useQueryClient();
  return useCallback(async () => {
    const indexes = await queries.fetchQuery({
      queryKey: ["indexes"],
      queryFn: ({ signal }) => ask<IndexSpan[]>("/api/v1/indexes", { signal }),
    });
    const filled = indexes.filter((each) => each.rows > 0 && !each.name.startsWith("_"));
    if (filled.length === 0) return { from: "-15m", to: "now" };
    const first = Math.min(...filled.map((each) => each.first)) * 1e3;
    const last = Math.max(...filled.map((each) => each.last)) * 1e3;
    return fitted(first, last, Date.now());
  }, [queries]);
}
