/** Who answers the editor: the server's reading of the language, and the frequent values of a field in the shown range. */
import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { type Assistant, questions } from "./editor/assistant";
import { askFacets } from "./facets";
import { firstPipe } from "./terms";
import type { View } from "./view";

const VALUES_MOST = 30;

export function useAssistant({ query, language, range }: Pick<View, "query" | "language" | "range">): Assistant {
  const queries = useQueryClient();
  return useMemo(
    () => ({
      ...questions(language),
      values: async (field) => {
        const question = { query: query.slice(0, firstPipe(query)) || (language === "sumo" ? "*" : "index=*"), language, range, zone: "UTC", most: 0 };
        const found = await queries
          .fetchQuery({ queryKey: ["values", field, question], staleTime: 60_000, retry: false, queryFn: ({ signal }) => askFacets(question, signal, [field], VALUES_MOST) })
          .catch(() => null);
        return found?.fields.find((each) => each.name === field)?.values ?? [];
      },
    }),
    [queries, query, language, range],
  );
}
