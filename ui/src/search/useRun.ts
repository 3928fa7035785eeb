/** A search as server data: keyed by its request, cancelled when that changes, growing while rows arrive. */
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { cancelSearch, type Outcome, type Question, runSearch } from "./run";

const KEPT_MS = 30_000;

export interface Run {
  outcome: Outcome | undefined;
  /** The shown rows belong to the question before this one. */
  previous: boolean;
  running: boolean;
  error: unknown;
  cancel: () => void;
  again: () => void;
}

export function useRun(question: Question | null, turn: number): Run {
  const queries = useQueryClient();
  const key = ["search", question, turn];
  const found = useQuery({
    queryKey: key,
    enabled: question !== null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: KEPT_MS,
    structuralSharing: false,
    retry: false,
    placeholderData: keepPreviousData,
    queryFn: ({ signal, queryKey }) => {
      if (question === null) throw new Error("no question");
      return runSearch(question, signal, (outcome) => queries.setQueryData(queryKey, outcome));
    },
  });
  const name = JSON.stringify(key);
  const cancel = useCallback(() => {
    const queryKey = JSON.parse(name) as unknown[];
    void queries.cancelQueries({ queryKey }, { revert: false });
    queries.setQueryData<Outcome>(queryKey, (last) => (last?.state === "running" ? { ...last, state: "cancelled" } : last));
    const id = queries.getQueryData<Outcome>(queryKey)?.id;
    if (id != null) void cancelSearch(id);
  }, [queries, name]);
  return {
    outcome: found.data,
    previous: found.isPlaceholderData,
    running: found.isFetching,
    error: found.error,
    cancel,
    again: () => void found.refetch(),
  };
}
