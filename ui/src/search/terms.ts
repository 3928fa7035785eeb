/** Adds a field's value to a query, as a person would write it, in the part before the first pipe. */
import type { Language } from "./view";

export interface Term {
  field: string;
  value: string;
  exclude: boolean;
}

const BARE = /^[A-Za-z_][\w.:-]*$/;

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}

/** The term alone, to copy: `severity="ERROR"`. */
export function termText(term: Term, language: Language): string {
  if (language === "sumo") {
    const field = /^\w+$/.test(term.field) ? term.field : `%${quoted(term.field)}`;
    return `${field} ${term.exclude ? "!=" : "="} ${quoted(term.value)}`;
  }
  const field = BARE.test(term.field) ? term.field : quoted(term.field);
  return `${term.exclude ? "NOT " : ""}${field}=${quoted(term.value)}`;
}

/** Offset of the first pipe outside quotes and brackets, or the text's length. */
export function firstPipe(query: string): number {
  let quote = "";
  let depth = 0;
  for (let at = 0; at < query.length; at += 1) {
    const letter = query.charAt(at);
    if (quote !== "") {
      if (letter === "\\") at += 1;
      else if (letter === quote) quote = "";
    } else if (letter === '"') quote = letter;
    else if (letter === "[") depth += 1;
    else if (letter === "]") depth -= 1;
    else if (letter === "|" && depth === 0) return at;
  }
  return query.length;
}

/** The query with the term; its opposite, when present, is replaced; a term already there changes nothing. */
export function withTerm(query: string, term: Term, language: Language): string {
  const text = stageOf(term, language);
  if (query.includes(text) && !(term.exclude ? false : query.includes(`NOT ${text}`))) return query;
  const opposite = stageOf({ ...term, exclude: !term.exclude }, language);
  if (query.includes(opposite)) return query.replace(opposite, () => text);
  const pipe = firstPipe(query);
  const head = query.slice(0, pipe).trimEnd();
  const tail = query.slice(pipe);
  if (head.trim() === "" && tail !== "") return `${query.trimEnd()} | ${language === "sumo" ? "where" : "search"} ${termText(term, language)}`;
  // A top-level OR binds weaker than the term beside it.
  const whole = /\bOR\b/i.test(head) ? `(${head.trim()})` : head;
  return `${whole === "" ? "" : `${whole} `}${text}${tail === "" ? "" : ` ${tail}`}`;
}

function stageOf(term: Term, language: Language): string {
  return language === "sumo" ? `| where ${termText(term, language)}` : termText(term, language);
}
