/** The query editor: CodeMirror with colour, words and help from the server, marks of what is wrong, and keys. Loaded apart from the first script. */
import { acceptCompletion, autocompletion, closeCompletion, completionStatus } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, toggleComment } from "@codemirror/commands";
import { bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { Compartment, EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap, placeholder, type ViewUpdate } from "@codemirror/view";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { styleNonce } from "@/theme/mantine";
import type { Assistant, Finding, Signature } from "./editor/assistant";
import { completer, goesOn } from "./editor/completions";
import { findingsAt, findingsField, linter, lookAgain } from "./editor/findings";
import { formatted } from "./editor/format";
import { closeHelp, helpAtCursor, helpField, helpOnHover } from "./editor/help";
import { signatures } from "./editor/signatures";
import { colours, queryLanguage } from "./editor/syntax";
import { markProblem, problemField } from "./editor/underline";
import { EditorHint } from "./EditorHint";
import classes from "./QueryEditor.module.css";
import type { Language } from "./view";

const EXAMPLES: Record<Language, string> = {
  spl: "index=main error | timechart count by service",
  sumo: "_index=main error | timeslice 5m | count by _timeslice, service",
};

interface QueryEditorProps {
  text: string;
  language: Language;
  span: [number, number] | null;
  assistant: Assistant;
  onChange: (text: string) => void;
  onRun: () => void;
}

export default function QueryEditor({ text, language, span, assistant, onChange, onRun }: QueryEditorProps): ReactNode {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView | null>(null);
  const [said, setSaid] = useState<Finding | null>(null);
  const [signature, setSignature] = useState<Signature | null>(null);
  const calls = useRef({ onChange, onRun, assistant, setSaid, setSignature });
  const tongue = useRef(new Compartment());
  useEffect(() => {
    calls.current = { onChange, onRun, assistant, setSaid, setSignature };
  }, [onChange, onRun, assistant]);
  useEffect(() => {
    if (host.current === null) return undefined;
    const view = new EditorView({ parent: host.current, state: firstState(text, language, tongue.current, calls) });
    editor.current = view;
    return () => view.destroy();
    // The editor is made once; the effects below bring it up to date.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  useEffect(() => {
    editor.current?.dispatch({ effects: [tongue.current.reconfigure(spoken(language)), lookAgain.of(null)] });
  }, [language]);
  useEffect(() => {
    const view = editor.current;
    if (view === null || view.state.doc.toString() === text) return;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
  }, [text]);
  useEffect(() => {
    editor.current?.dispatch({ effects: markProblem.of(span) });
  }, [span]);
  return (
    <div className={classes["editor"]} data-query-editor>
      <div ref={host} />
      <EditorHint finding={said} signature={signature} />
    </div>
  );
}

type Calls = {
  current: Pick<QueryEditorProps, "onChange" | "onRun" | "assistant"> & {
    setSaid: (finding: Finding | null) => void;
    setSignature: (signature: Signature | null) => void;
  };
};

function spoken(language: Language): [ReturnType<typeof queryLanguage>, ReturnType<typeof placeholder>] {
  return [queryLanguage(language), placeholder(EXAMPLES[language])];
}

function firstState(text: string, language: Language, tongue: Compartment, calls: Calls): EditorState {
  const assistant = (): Assistant => calls.current.assistant;
  return EditorState.create({
    doc: text,
    extensions: [
      EditorView.cspNonce.of(styleNonce()),
      Prec.highest(keymap.of(keys(calls))),
      history(),
      bracketMatching(),
      tongue.of(spoken(language)),
      syntaxHighlighting(colours),
      autocompletion({
        override: [completer(assistant)],
        activateOnTypingDelay: 120,
        // What is shown can be taken at once: Tab would else leave the editor in the first moment.
        interactionDelay: 0,
        activateOnCompletion: goesOn,
        icons: false,
      }),
      problemField,
      findingsField,
      linter(assistant, (findings) => calls.current.setSaid(findings.find((each) => each.severity !== "info") ?? null)),
      helpField,
      helpOnHover(assistant),
      signatures(assistant, (signature) => calls.current.setSignature(signature)),
      keymap.of([{ key: "Tab", run: accept }, ...defaultKeymap, ...historyKeymap, { key: "Escape", run: leave }]),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ "aria-label": "Query" }),
      EditorView.updateListener.of((update) => followed(update, calls)),
    ],
  });
}

function keys(calls: Calls): { key: string; run: (view: EditorView) => boolean }[] {
  const run = (view: EditorView): boolean => {
    closeCompletion(view);
    calls.current.onRun();
    return true;
  };
  const format = (view: EditorView): boolean => {
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: formatted(view.state.doc.toString()) } });
    return true;
  };
  return [
    { key: "Mod-Enter", run },
    { key: "Alt-f", run: format },
    { key: "Alt-h", run: helpAtCursor(() => calls.current.assistant) },
    { key: "Mod-/", run: toggleComment },
    { key: "Escape", run: closeHelp },
  ];
}

/** Takes the chosen word. While words are still on their way, Tab waits with them rather than leave in the middle of typing. */
function accept(view: EditorView): boolean {
  return acceptCompletion(view) || completionStatus(view.state) === "pending";
}

function leave(view: EditorView): boolean {
  view.contentDOM.blur();
  return true;
}

/** What is said about the cursor's place; away from any, what is said about the query. */
function followed(update: ViewUpdate, calls: Calls): void {
  if (update.docChanged) calls.current.onChange(update.state.doc.toString());
  if (!update.docChanged && !update.selectionSet) return;
  const { findings } = update.state.field(findingsField);
  const here = findingsAt(findings, update.state.selection.main.head)[0];
  calls.current.setSaid(here ?? findings.find((each) => each.severity !== "info") ?? null);
}
