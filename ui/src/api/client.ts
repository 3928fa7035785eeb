/** One way to the server: JSON in and out, problems as `ProblemError`, the CSRF value on writes, a word when a login is needed. */
import { type Problem, problem, ProblemError } from "./problem";

type Listener = () => void;

const CSRF_HEADER = "x-pilotage-csrf";
let csrf: string | null = null;
const refused = new Set<Listener>();

export function rememberCsrf(value: string | null): void {
  csrf = value;
}

/** Called whenever the server answers 401; returns the way to stop listening. */
export function onLoginNeeded(listener: Listener): () => void {
  refused.add(listener);
  return () => refused.delete(listener);
}

export interface Sent {
  method?: "GET" | "POST" | "DELETE";
  body?: unknown;
  signal?: AbortSignal | undefined;
  accept?: string;
}

/** The answer, its status checked. Raises ProblemError, or what `fetch` raises. */
export async function send(path: string, { method = "GET", body, signal, accept = "application/json" }: Sent = {}): Promise<Response> {
  const headers: Record<string, string> = { accept };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (csrf !== null && method !== "GET") headers[CSRF_HEADER] = csrf;
  const response = await fetch(path, {
    method,
    headers,
    credentials: "same-origin",
    signal: signal ?? null,
    body: body === undefined ? null : JSON.stringify(body),
  });
  if (response.ok) return response;
  if (response.status === 401) for (const listener of refused) listener();
  throw new ProblemError(await problemIn(response), response.status);
}

/** The JSON of an answer. */
export async function ask<T>(path: string, sent: Sent = {}): Promise<T> {
  const response = await send(path, sent);
  return (await response.json()) as T;
}

async function problemIn(response: Response): Promise<Problem> {
  try {
    const body = (await response.json()) as { error?: Problem };
    if (body.error?.sentence !== undefined) return body.error;
  } catch {
    // An answer that is not ours (a proxy's page) is told by its status alone.
  }
  return problem("unexpected-answer", `the server answered ${response.status}`, "the address may lead through a proxy");
}
