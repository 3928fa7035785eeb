/** Completions, asked of the server: the page holds no list of words. */
import type { CompletionContext, CompletionResult } from "@codemirror/autocomplete";

export async function completions(_context: CompletionContext): Promise<CompletionResult | null> {
  return null;
}
