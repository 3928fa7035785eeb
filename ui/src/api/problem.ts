/** The server's one error shape, and the exception that carries it through the page. */

export interface Problem {
  code: string;
  sentence: string;
  /** Half-open character offsets into the query. */
  span: [number, number] | null;
  hint: string | null;
  doc: string | null;
}

export class ProblemError extends Error {
  readonly problem: Problem;
  readonly status: number;

  constructor(problem: Problem, status: number) {
    super(problem.sentence);
    this.name = "ProblemError";
    this.problem = problem;
    this.status = status;
  }
}

export function problem(code: string, sentence: string, hint: string | null = null): Problem {
  return { code, sentence, span: null, hint, doc: null };
}

/** What any thrown thing says to a person. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof TypeError) return problem("unreachable", "the server does not answer", "is it running? the page tries again when asked");
  return problem("page-error", error instanceof Error ? error.message : String(error));
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
