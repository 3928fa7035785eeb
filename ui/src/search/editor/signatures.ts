/** Tells how what is being written goes on, while the cursor moves; answers of an older place are dropped. */
import { ViewPlugin, type ViewUpdate } from "@codemirror/view";
import type { Assistant, Signature } from "./assistant";
import { lookAgain } from "./findings";

const MOVES_MS = 120;

export function signatures(assistant: () => Assistant, told: (signature: Signature | null) => void): ViewPlugin<{ update: (update: ViewUpdate) => void; destroy: () => void }> {
  return ViewPlugin.define((view) => {
    let timer = 0;
    let stop = new AbortController();
    const look = (): void => {
      const { signal } = stop;
      assistant()
        .signature(view.state.doc.toString(), view.state.selection.main.head, signal)
        .then((found) => (signal.aborted ? undefined : told(found)))
        .catch(() => undefined);
    };
    return {
      update: (update) => {
        const asked = update.transactions.some((each) => each.effects.some((effect) => effect.is(lookAgain)));
        if (!update.docChanged && !update.selectionSet && !update.focusChanged && !asked) return;
        stop.abort();
        stop = new AbortController();
        window.clearTimeout(timer);
        if (view.hasFocus) timer = window.setTimeout(look, MOVES_MS);
      },
      destroy: () => {
        stop.abort();
        window.clearTimeout(timer);
      },
    };
  });
}
