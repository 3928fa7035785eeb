/** Completions from the server's vocabulary: the page holds no list of words. Values of a field are its most frequent ones. */
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import type { Vocabulary } from "../languages";

export interface Words {
  vocabulary: () => Promise<Vocabulary | null>;
  values: (field: string) => Promise<{ value: string; count: number }[]>;
}

const COMMAND = /(?:^|\|)\s*([A-Za-z]*)$/;
const VALUE = /([\w.:-]+)\s*(?:=|!=)\s*("?)([^\s"|]*)$/;
const WORD = /[A-Za-z_][\w.:-]*$/;

export function completer(words: Words): (context: CompletionContext) => Promise<CompletionResult | null> {
  return async (context) => {
    const before = context.state.sliceDoc(0, context.pos);
    if (!context.explicit && !/[\w.:|="\s-]$/.test(before)) return null;
    const value = VALUE.exec(before);
    if (value !== null) return valueResult(context, words, value);
    const vocabulary = await words.vocabulary();
    if (vocabulary === null || context.aborted) return null;
    const command = COMMAND.exec(before);
    if (command !== null) {
      const first = !before.includes("|");
      const named = command[1] ?? "";
      // The beginning of a query is words to look for; commands are offered there only when asked for.
      if (!first || context.explicit) return { from: context.pos - named.length, options: commands(vocabulary, first), validFor: /^[A-Za-z]*$/ };
    }
    const word = WORD.exec(before)?.[0] ?? "";
    if (word === "" && !context.explicit) return null;
    return { from: context.pos - word.length, options: [...fields(vocabulary), ...(before.includes("|") ? functions(vocabulary) : [])], validFor: /^[\w.:-]*$/ };
  };
}

async function valueResult(context: CompletionContext, words: Words, found: RegExpExecArray): Promise<CompletionResult | null> {
  const [, field = "", quote = "", typed = ""] = found;
  const values = await words.values(field);
  if (values.length === 0 || context.aborted) return null;
  const written = (value: string): string => (quote === "" && !/^[\w.*-]+$/.test(value) ? JSON.stringify(value) : value);
  return {
    from: context.pos - typed.length,
    options: values.map(({ value, count }, at) => ({ label: value, apply: written(value), detail: String(count), type: "constant", boost: -at })),
  };
}

function commands(vocabulary: Vocabulary, first: boolean): Completion[] {
  return vocabulary.commands.filter((each) => (first ? each.first : each.piped)).map((each) => ({ label: each.name, type: "keyword", info: `${each.summary}\n${each.synopsis}` }));
}

function fields(vocabulary: Vocabulary): Completion[] {
  return vocabulary.fields.map((each) => ({ label: each.name, type: "property", detail: each.types.join(", "), info: each.place === "fixed" ? "fixed field" : `${each.place}, in ${each.indexes.join(", ")}` }));
}

function functions(vocabulary: Vocabulary): Completion[] {
  return vocabulary.functions.map((each) => ({ label: each.name, apply: `${each.name}(`, type: "function", detail: each.kind, info: each.help }));
}
