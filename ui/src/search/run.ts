/** Runs a search: rows arrive as NDJSON and are handed on as they come; what the search had to say is read after the last one. */
import { ask, send } from "@/api/client";
import { linesOf } from "@/api/lines";
import { isAbort, type Problem, problem, ProblemError } from "@/api/problem";
import type { Range } from "@/time/range";
import { Rows } from "./rows";
import type { Language } from "./view";

export interface Question {
  query: string;
  language: Language;
  range: Range;
  zone: string;
  most: number;
}

export type Kind = "events" | "table" | "series";

export interface Report {
  id: string;
  state: "running" | "done" | "failed" | "cancelled";
  messages: Problem[];
  statistics: Record<string, number>;
  seconds: number;
  error: Problem | null;
}

/** A search as far as it has come; a new object for every step, `rows` shared between them. */
export interface Outcome {
  id: string | null;
  kind: Kind;
  columns: string[] | null;
  rows: Rows;
  /** How many of `rows` there were at this step. */
  count: number;
  state: "running" | "done" | "cut" | "cancelled" | "failed";
  report: Report | null;
  error: Problem | null;
  started: number;
  seconds: number;
}

const STEP_MS = 120;

/** The body of every search request; the server's clock decides what `now` is. */
export function requestOf({ query, language, range, zone }: Omit<Question, "most">): Record<string, unknown> {
  return { query, language, earliest: range.from || null, latest: range.to || null, zone };
}

/** The query with a limit behind it: the server refuses an answer that is too long, the page wants its beginning. */
function limited(query: string, language: Language, most: number): string {
  // One more than shown tells "exactly this many" from "more than this".
  return `${query.trimEnd()}\n| ${language === "sumo" ? "limit" : "head"} ${most + 1}`;
}

export async function runSearch(question: Question, signal: AbortSignal, step: (outcome: Outcome) => void): Promise<Outcome> {
  const rows = new Rows();
  const started = Date.now();
  let outcome: Outcome = {
    id: null,
    kind: "events",
    columns: null,
    rows,
    count: 0,
    state: "running",
    report: null,
    error: null,
    started,
    seconds: 0,
  };
  const now = (change: Partial<Outcome>): Outcome => {
    outcome = { ...outcome, ...change, count: Math.min(rows.length, question.most), seconds: (Date.now() - started) / 1e3 };
    return outcome;
  };
  const asked = { ...requestOf(question), query: limited(question.query, question.language, question.most) };
  const response = await send("/api/v1/search", { method: "POST", body: asked, signal, accept: "application/x-ndjson" });
  const columns = response.headers.get("x-pilotage-columns");
  step(
    now({
      id: response.headers.get("x-pilotage-search"),
      kind: (response.headers.get("x-pilotage-kind") ?? "events") as Kind,
      columns: columns === null ? null : (JSON.parse(columns) as string[]),
    }),
  );
  let told = 0;
  let broken: unknown = null;
  try {
    for await (const lines of linesOf(response.body ?? new ReadableStream())) {
      rows.push(lines);
      if (Date.now() - told > STEP_MS) {
        told = Date.now();
        step(now({}));
      }
    }
  } catch (error) {
    if (isAbort(error)) throw error;
    broken = error;
  }
  const cut = rows.length > question.most;
  if (cut) rows.lines.length = question.most;
  const report = outcome.id === null ? null : await lookAt(outcome.id, signal).catch(() => null);
  const error = report?.error ?? (broken === null ? null : problem("connection-cut", "the connection was cut before the last row"));
  const state = error !== null ? "failed" : report?.state === "cancelled" ? "cancelled" : cut ? "cut" : "done";
  return now({ report, error, state });
}

export function lookAt(id: string, signal?: AbortSignal): Promise<Report> {
  return ask<Report>(`/api/v1/search/${encodeURIComponent(id)}`, { signal });
}

export async function cancelSearch(id: string): Promise<void> {
  await ask(`/api/v1/search/${encodeURIComponent(id)}`, { method: "DELETE" }).catch((error: unknown) => {
    if (!(error instanceof ProblemError)) throw error;
  });
}
