/** Help on a word: under the pointer, or under the cursor when asked for by keyboard. What is found wrong there is said first. */
import { StateEffect, StateField } from "@codemirror/state";
import { type EditorView, hoverTooltip, showTooltip, type Tooltip } from "@codemirror/view";
import type { Assistant, Card, Finding } from "./assistant";
import { findingsAt, findingsField } from "./findings";

const MOST_EXAMPLES = 2;
const HOVER_MS = 300;

const showHelp = StateEffect.define<Tooltip | null>();

export const helpField = StateField.define<Tooltip | null>({
  create: () => null,
  update(shown, change) {
    let next = change.docChanged || change.selection !== undefined ? null : shown;
    for (const effect of change.effects) if (effect.is(showHelp)) next = effect.value;
    return next;
  },
  provide: (field) => showTooltip.from(field),
});

export function helpOnHover(assistant: () => Assistant): ReturnType<typeof hoverTooltip> {
  return hoverTooltip((view, at) => tooltipAt(view, at, assistant()), { hoverTime: HOVER_MS, hideOnChange: true });
}

/** For a key: help on the word at the cursor. */
export function helpAtCursor(assistant: () => Assistant): (view: EditorView) => boolean {
  return (view) => {
    const { state } = view;
    const at = state.selection.main.head;
    void tooltipAt(view, at, assistant()).then((tooltip) => {
      if (view.state.doc.eq(state.doc) && view.state.selection.main.head === at) view.dispatch({ effects: showHelp.of(tooltip) });
    });
    return true;
  };
}

/** Whether there was help to close. */
export function closeHelp(view: EditorView): boolean {
  if (view.state.field(helpField) === null) return false;
  view.dispatch({ effects: showHelp.of(null) });
  return true;
}

async function tooltipAt(view: EditorView, at: number, assistant: Assistant): Promise<Tooltip | null> {
  const said = findingsAt(view.state.field(findingsField).findings, at);
  const card = await assistant.hover(view.state.doc.toString(), at, new AbortController().signal).catch(() => null);
  if (card === null && said.length === 0) return null;
  const span = card === null ? (said[0]?.span ?? [at, at]) : [card.start, card.end];
  return { pos: Math.min(span[0] ?? at, at), end: Math.max(span[1] ?? at, at), above: false, create: () => ({ dom: drawn(card, said) }) };
}

function drawn(card: Card | null, said: Finding[]): HTMLElement {
  const box = element("div", "query-help", "");
  box.setAttribute("role", "tooltip");
  for (const each of said) {
    const line = element("p", `query-said query-said-${each.severity}`, each.sentence);
    if (each.hint !== null) line.append(element("span", "query-hint", ` · ${each.hint}`));
    box.append(line);
  }
  if (card === null) return box;
  box.append(element("strong", "query-title", card.title), element("span", "query-kind", card.kind));
  if (card.synopsis !== "") box.append(element("code", "query-synopsis", card.synopsis));
  box.append(element("p", "", card.summary), ...card.notes.map((note) => element("p", "query-note", note)));
  for (const { text, sentence } of card.examples.slice(0, MOST_EXAMPLES)) box.append(element("code", "query-example", text), element("p", "query-note", sentence));
  return box;
}

function element(tag: string, name: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  if (name !== "") made.className = name;
  made.textContent = text;
  return made;
}
