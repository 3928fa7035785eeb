/** The live tail: a stream of rows kept in a ring, shown at a calm pace whatever the rate. */
import { useEffect, useState } from "react";
import { send } from "@/api/client";
import { linesOf } from "@/api/lines";
import { isAbort } from "@/api/problem";
import { Ring } from "./ring";
import { Rows } from "./rows";
import { type Question, requestOf } from "./run";

const KEPT = 5_000;
const PACE_MS = 250;
const AGAIN_MS = 2_000;

export interface Tail {
  rows: Rows;
  total: number;
  error: unknown;
  connected: boolean;
}

const EMPTY: Tail = { rows: new Rows(), total: 0, error: null, connected: false };

/** Follows the question's events while it is not null; a cut connection is taken up again. */
export function useTail(question: Question | null): Tail {
  const [tail, setTail] = useState(EMPTY);
  const name = question === null ? "" : JSON.stringify(requestOf({ ...question, range: { from: "", to: "" } }));
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
      setTail((last) => ({ ...last, rows, total: told }));
    }, PACE_MS);
    void follow(name, ring, stop.signal, (part) => setTail((last) => ({ ...last, ...part })));
    return () => {
      stop.abort();
      clearInterval(timer);
    };
  }, [name]);
  return question === null ? EMPTY : tail;
}

async function follow(body: string, ring: Ring, signal: AbortSignal, tell: (part: Partial<Tail>) => void): Promise<void> {
  while (!signal.aborted) {
    try {
      const response = await send("/api/v1/search/tail", { method: "POST", body: JSON.parse(body), signal, accept: "application/x-ndjson" });
      tell({ connected: true, error: null });
      for await (const lines of linesOf(response.body ?? new ReadableStream())) ring.push(lines);
      tell({ connected: false });
    } catch (error) {
      if (isAbort(error)) return;
      tell({ connected: false, error });
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
