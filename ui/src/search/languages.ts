/** The languages this server speaks, and the words of each. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { ask } from "@/api/client";
import type { components } from "@/api/schema";
import type { Language } from "./view";

export type Vocabulary = components["schemas"]["Vocabulary"];

const FRESH_MS = 60_000;
const ONLY: Language[] = ["spl"];

export function vocabularyQuery(language: Language) {
  return queryOptions({
    queryKey: ["vocabulary", language],
    staleTime: FRESH_MS,
    retry: false,
    queryFn: ({ signal }) => ask<Vocabulary>(`/api/v1/language?language=${language}`, { signal }),
  });
}

/** Languages of the server that this page can show. */
export function useLanguages(): Language[] {
  const { data } = useQuery(vocabularyQuery("spl"));
  const named = (data?.dialects ?? []).map((each) => each.name).filter((each): each is Language => each === "spl" || each === "sumo");
  return named.length > 0 ? named : ONLY;
}
