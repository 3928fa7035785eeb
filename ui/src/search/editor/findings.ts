/** Marks what the server finds in the text before it runs: errors, warnings, remarks; asked again when the text rests. */
import { completionStatus } from "@codemirror/autocomplete";
import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import type { Assistant, Finding } from "./assistant";
import { markProblem } from "./underline";

const RESTS_MS = 400;

export const setFindings = StateEffect.define<Finding[]>();
/** The language or the range is another one: the same text may mean something else. */
export const lookAgain = StateEffect.define<null>();

const MARKS = {
  error: Decoration.mark({ class: "query-problem" }),
  warning: Decoration.mark({ class: "query-warning" }),
  info: Decoration.mark({ class: "query-info" }),
} as const;

interface Found {
  findings: Finding[];
  marks: DecorationSet;
}

export const findingsField = StateField.define<Found>({
  create: () => ({ findings: [], marks: Decoration.none }),
  update(found, change) {
    let next = found;
    if (change.docChanged) {
      const findings = found.findings.map((each) => (each.span === null ? each : { ...each, span: moved(each.span, change.changes) }));
      next = { findings, marks: found.marks.map(change.changes) };
    }
    for (const effect of change.effects) {
      if (effect.is(setFindings)) next = foundIn(effect.value, change.state.doc.length);
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field, (found) => found.marks),
});

/** An empty place, or one behind the end, is that of the last letter. */
function foundIn(told: Finding[], length: number): Found {
  const findings = told.map((each): Finding => {
    if (each.span === null || length === 0) return { ...each, span: null };
    const start = Math.min(each.span[0], length - 1);
    return { ...each, span: [start, Math.min(Math.max(each.span[1], start + 1), length)] };
  });
  const ranges = findings.flatMap(({ span, severity }) => (span === null ? [] : [MARKS[severity].range(span[0], span[1])]));
  return { findings, marks: Decoration.set(ranges, true) };
}

function moved(span: [number, number], changes: { mapPos: (at: number, side?: number) => number }): [number, number] {
  return [changes.mapPos(span[0], 1), changes.mapPos(span[1], -1)];
}

/** What is said about a place, the gravest first. */
export function findingsAt(found: Finding[], at: number): Finding[] {
  return found.filter(({ span }) => span !== null && span[0] <= at && at <= Math.max(span[1], span[0] + 1));
}

export function linter(assistant: () => Assistant, told: (findings: Finding[]) => void): ViewPlugin<{ update: (update: ViewUpdate) => void; destroy: () => void }> {
  return ViewPlugin.define((view) => {
    let timer = 0;
    let stop = new AbortController();
    const look = (): void => {
      // A word that is being chosen is not wrong yet.
      if (completionStatus(view.state) === "active") {
        soon(RESTS_MS);
        return;
      }
      const text = view.state.doc.toString();
      assistant()
        .lint(text, stop.signal)
        .then((findings) => {
          if (stop.signal.aborted || view.state.doc.toString() !== text) return;
          // The mark of the last run is of the same text: what is found now says as much, and more.
          const again = findings.some((each) => each.severity === "error") ? [markProblem.of(null)] : [];
          view.dispatch({ effects: [setFindings.of(findings), ...again] });
          told(findings);
        })
        .catch(() => undefined);
    };
    const soon = (delay: number): void => {
      stop.abort();
      stop = new AbortController();
      window.clearTimeout(timer);
      timer = window.setTimeout(look, delay);
    };
    soon(RESTS_MS);
    return {
      update: (update) => {
        const asked = update.transactions.some((each) => each.effects.some((effect) => effect.is(lookAgain)));
        if (update.docChanged || asked) soon(RESTS_MS);
      },
      destroy: () => {
        stop.abort();
        window.clearTimeout(timer);
      },
    };
  });
}
