/** Completions from the server, which reads the query as it would to run it: the page holds no list of words. */
import { type Completion, type CompletionContext, type CompletionResult, insertCompletionText, pickedCompletion } from "@codemirror/autocomplete";
import type { EditorView } from "@codemirror/view";
import type { Assistant, Word } from "./assistant";

/** Letters, and marks behind which words are expected; a mere space is neither. */
const WORTH_ASKING = /(?:[\w@%`"'.:]|[|=([]\s*|[,\s](?:by|over|from)\s)$/i;
const NARROWS = /^[\w.:@%-]*$/;
const MORE = /[=(|]\s*$|^\| /;
const TYPES: Record<string, string> = { command: "keyword", keyword: "keyword", option: "property", field: "property", aggregate: "function" };

export function completer(assistant: () => Assistant): (context: CompletionContext) => Promise<CompletionResult | null> {
  return async (context) => {
    const text = context.state.doc.toString();
    if (!context.explicit && !WORTH_ASKING.test(text.slice(0, context.pos))) return null;
    const stop = new AbortController();
    context.addEventListener("abort", () => stop.abort(), { onDocChange: true });
    const offer = await assistant().complete(text, context.pos, stop.signal).catch(() => null);
    if (offer === null || context.aborted) return null;
    const values = offer.valuesOf === null ? [] : await assistant().values(offer.valuesOf);
    const quoted = /["']/.test(text.charAt(offer.from - 1));
    const typed = text.slice(offer.from, context.pos).toLowerCase();
    const fitting = values.filter(({ value }) => value.toLowerCase().includes(typed)).map(({ value, count }, at) => valueOf(value, count, at, quoted));
    const options = [...offer.words.map(completionOf), ...fitting];
    if (options.length === 0 || context.aborted) return null;
    return { from: offer.from, options, ...(offer.whole ? { validFor: NARROWS } : {}) };
  };
}

/** Whether another word follows what was just put in. */
export function goesOn(completion: Completion): boolean {
  return continued.has(completion);
}

const continued = new WeakSet<Completion>();

function completionOf(word: Word, at: number): Completion {
  const completion: Completion = {
    label: word.label,
    type: TYPES[word.kind] ?? word.kind,
    detail: word.detail || word.kind,
    boost: -Math.min(at, 99),
    apply: (view, picked, from, to) => put(view, picked, word.insert, from, to),
    ...(word.help === "" ? {} : { info: word.help }),
  };
  if (MORE.test(word.insert)) continued.add(completion);
  return completion;
}

function valueOf(value: string, count: number, at: number, quoted: boolean): Completion {
  const text = quoted ? `${value.replaceAll(/[\\"]/g, "\\$&")}"` : /^[\w.*:/-]+$/.test(value) ? value : JSON.stringify(value);
  return { label: value, type: "constant", detail: String(count), boost: -Math.min(at, 99), apply: (view, picked, from, to) => put(view, picked, text, from, to) };
}

/** Puts the text in; what of its end stands there already (a closing quote, a blank) is not repeated. */
function put(view: EditorView, completion: Completion, text: string, from: number, to: number): void {
  const last = text.slice(-1);
  const there = view.state.sliceDoc(to, to + 1);
  const short = /["'`\s]/.test(last) && there === last ? text.slice(0, -1) : text;
  const change = insertCompletionText(view.state, short, from, to);
  const ahead = short === text ? 0 : 1;
  const end = from + short.length + ahead;
  view.dispatch({ ...change, selection: { anchor: end }, annotations: pickedCompletion.of(completion) });
}
