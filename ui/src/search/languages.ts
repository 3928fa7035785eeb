/** The languages this server speaks. */
import { useQuery } from "@tanstack/react-query";
import { ask } from "@/api/client";
import type { Language } from "./view";

interface Vocabulary {
  languages?: string[];
}

const ONLY: Language[] = ["spl"];

export function useLanguages(): Language[] {
  const { data } = useQuery({
    queryKey: ["languages"],
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    queryFn: ({ signal }) => ask<Vocabulary>("/api/v1/language", { signal }),
  });
  const named = (data?.languages ?? []).filter((each): each is Language => each === "spl" || each === "sumo");
  return named.length > 0 ? named : ONLY;
}
