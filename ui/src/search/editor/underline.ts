/** Underlines the place a problem points at, until the text changes. */
import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView } from "@codemirror/view";

export const markProblem = StateEffect.define<[number, number] | null>();

const mark = Decoration.mark({ class: "query-problem" });

export const problemField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, change) {
    let next = change.docChanged ? Decoration.none : marks;
    for (const effect of change.effects) {
      if (effect.is(markProblem)) next = marked(effect.value, change.state.doc.length);
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** An empty place or one behind the end is shown on the last letter. */
function marked(span: [number, number] | null, length: number): DecorationSet {
  if (span === null || length === 0) return Decoration.none;
  const start = Math.min(span[0], length - 1);
  const end = Math.min(Math.max(span[1], start + 1), length);
  return Decoration.set([mark.range(start, end)]);
}
