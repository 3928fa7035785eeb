/** What the editor may offer: the language's words, and the frequent values of a field in the shown range. */
import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Words } from "./editor/completions";
import { askFacets } from "./facets";
import { vocabularyQuery } from "./languages";
import { firstPipe } from "./terms";
import type { View } from "./view";

const VALUES_MOST = 30;

export function useWords({ query, language, range }: Pick<View, "query" | "language" | "range">): Words {
  const queries = useQueryClient();
  return useMemo(
    () => ({
      vocabulary: () => queries.fetchQuery(vocabularyQuery(language)).catch(() => null),
      values: async (field) => {
        const question = { query: query.slice(0, firstPipe(query)) || "index=*", language, range, zone: "UTC", most: 0 };
        const found = await queries
          .fetchQuery({ queryKey: ["values", field, question], staleTime: 60_000, retry: false, queryFn: ({ signal }) => askFacets(question, signal, [field], VALUES_MOST) })
          .catch(() => null);
        return found?.fields.find((each) => each.name === field)?.values ?? [];
      },
    }),
    [queries, query, language, range],
  );
}
