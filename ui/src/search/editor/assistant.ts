/** What the editor asks the server while somebody types. Positions go out and come in as UTF-16 units; the server counts characters. */
import { ask } from "@/api/client";
import type { components } from "@/api/schema";
import { charactersBefore, unitsOf } from "@/text/units";
import type { Language } from "../view";

type Answers = components["schemas"];
export type Word = Answers["SuggestedWord"];
export type Card = Answers["HoverAnswer"];
export type Signature = Answers["SignatureAnswer"];
export type Severity = Answers["LintFinding"]["severity"];

export interface Offer {
  from: number;
  words: Word[];
  /** A field whose values fit too. */
  valuesOf: string | null;
  whole: boolean;
}

export interface Finding {
  severity: Severity;
  code: string;
  sentence: string;
  hint: string | null;
  span: [number, number] | null;
}

export interface Assistant {
  complete: (text: string, position: number, signal: AbortSignal) => Promise<Offer>;
  hover: (text: string, position: number, signal: AbortSignal) => Promise<Card | null>;
  signature: (text: string, position: number, signal: AbortSignal) => Promise<Signature | null>;
  lint: (text: string, signal: AbortSignal) => Promise<Finding[]>;
  /** The most frequent values of a field in the shown range. */
  values: (field: string) => Promise<{ value: string; count: number }[]>;
}

export type Questions = Omit<Assistant, "values">;

export function questions(language: Language): Questions {
  function asked<T>(name: string, body: object, signal: AbortSignal): Promise<T> {
    return ask<T>(`/api/v1/language/${name}`, { method: "POST", body: { ...body, language }, signal });
  }
  const cursor = (text: string, position: number): object => ({ text, position: charactersBefore(text, position) });
  return {
    complete: async (text, position, signal) => {
      const found = await asked<Answers["CompletionAnswer"]>("complete", cursor(text, position), signal);
      return { from: unitsOf(text, found.start), words: found.words, valuesOf: found.values_of, whole: found.whole };
    },
    hover: async (text, position, signal) => {
      const card = await asked<Card | null>("hover", cursor(text, position), signal);
      return card && { ...card, start: unitsOf(text, card.start), end: unitsOf(text, card.end) };
    },
    signature: (text, position, signal) => asked<Signature | null>("signature", cursor(text, position), signal),
    lint: async (text, signal) => {
      const { findings } = await asked<Answers["LintAnswer"]>("lint", { query: text }, signal);
      return findings.map(({ severity, problem }) => finding(severity, problem as unknown as Omit<Finding, "severity">, text));
    },
  };
}

function finding(severity: Severity, { code, sentence, hint, span }: Omit<Finding, "severity">, text: string): Finding {
  return { severity, code, sentence, hint, span: span === null ? null : [unitsOf(text, span[0]), unitsOf(text, span[1])] };
}
