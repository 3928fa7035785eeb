/** Top values of fields and the volume over time, asked of the server for the events behind a query. */
import { ask } from "@/api/client";
import { type Question, requestOf } from "./run";

export interface FacetValue {
  value: string;
  count: number;
}

export interface Facet {
  field: string;
  /** Events that have the field. */
  count: number;
  distinct: number;
  values: FacetValue[];
}

export interface Facets {
  /** Events that were looked at. */
  events: number;
  /** Whether they are a sample of more. */
  sampled: boolean;
  fields: Facet[];
}

export function askFacets(question: Question, signal: AbortSignal, fields?: string[], limit = 6): Promise<Facets> {
  const body = { ...requestOf(question), limit, ...(fields === undefined ? {} : { fields }) };
  return ask<Facets>("/api/v1/search/facets", { method: "POST", body, signal });
}
