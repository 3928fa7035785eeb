/** Top values of the fields of a query's events. */
import { ask } from "@/api/client";
import type { components } from "@/api/schema";
import { type Question, requestOf } from "./run";

export type Facets = components["schemas"]["FacetsAnswer"];
export type Facet = components["schemas"]["FacetField"];

export function askFacets(question: Question, signal: AbortSignal, fields: string[] = [], limit = 6): Promise<Facets> {
  return ask<Facets>("/api/v1/search/facets", { method: "POST", body: { ...requestOf(question), limit, fields }, signal });
}
