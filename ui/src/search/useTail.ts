/** The live tail: a stream of rows kept in a ring, shown at a calm pace whatever the rate. */
import { useEffect, useState } from "react";
import { send } from "@/api/client";
import { linesOf } from "@/api/lines";
import { isAbort, type Problem, ProblemError } from "@/api/problem";
import { Ring } from "./ring";
import { Rows } from "./rows";
import type { Question } from "./run";

const KEPT = 5_000;
const PACE_MS = 250;
const AGAIN_MS = 2_000;

export interface Tail {
  rows: Rows;
  /** Events that matched since the start, shown or not. */
  total: number;
  /** Events the server left out because there were too many a second. */
  left: number;
  messages: Problem[];
  error: unknown;
  connected: boolean;
}

const EMPTY: Tail = { rows: new Rows(), total: 0, left: 0, messages: [], error: null, connected: false };

/** Follows the question's events while it is not null; a cut connection is taken up again. */
export function useTail(question: Question | null): Tail {
  const [tail, setTail] = useState(EMPTY);
  const name = question === null ? "" : JSON.stringify({ query: question.query, language: question.language, zone: question.zone });
  useEffect(() => {
    if (name === "") return undefined;
    const stop = new AbortController();
    const ring = new Ring(KEPT);
    let told = 0;
    setTail(EMPTY);
    const timer = setInterval(() => {
      if (ring.total === told) return;
      told = ring.total;
      const rows = new Rows();
      rows.push(ring.newestFirst());
      setTail((last) => ({ ...last, rows }));
    }, PACE_MS);
    void follow(name, ring, stop.signal, (part) => setTail((last) => ({ ...last, ...part })));
    return () => {
      stop.abort();
      clearInterval(timer);
    };
  }, [name]);
  return question === null ? EMPTY : tail;
}

type Tell = (part: Partial<Tail>) => void;

async function follow(body: string, ring: Ring, signal: AbortSignal, tell: Tell): Promise<void> {
  while (!signal.aborted) {
    try {
      const response = await send("/api/v1/search/tail", { method: "POST", body: JSON.parse(body), signal, accept: "application/x-ndjson" });
      tell({ connected: true, error: null });
      for await (const lines of linesOf(response.body ?? new ReadableStream())) ring.push(eventsOf(lines, tell));
      tell({ connected: false });
    } catch (error) {
      if (isAbort(error)) return;
      tell({ connected: false, error });
      // A query that cannot be followed stays so; a server that went away comes back.
      if (error instanceof ProblemError && error.status < 500) return;
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

const EVENT = '{"event":';

/** The events among the lines, as lines of their own; what else was said is told. */
export function eventsOf(lines: readonly string[], tell: Tell): string[] {
  const events: string[] = [];
  for (const line of lines) {
    if (line.startsWith(EVENT)) {
      events.push(line.slice(EVENT.length, -1));
      continue;
    }
    const said = saidIn(line);
    if (said === null) {
      events.push(line);
      continue;
    }
    if (said.error !== undefined) throw new ProblemError(said.error, 422);
    if (said.message !== undefined) tell({ messages: [said.message] });
    if (said.events !== undefined) tell({ total: said.events, left: said.left_out ?? 0 });
  }
  return events;
}

interface Said {
  events?: number;
  left_out?: number;
  message?: Problem;
  error?: Problem;
}

/** What the server said beside the events; null for a line that says nothing, which is shown as it is. */
function saidIn(line: string): Said | null {
  try {
    const said: unknown = JSON.parse(line);
    return typeof said === "object" && said !== null && !Array.isArray(said) ? said : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
