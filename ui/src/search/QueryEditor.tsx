/** The query editor: CodeMirror with colour, the underline of the last problem, and keys. Loaded apart from the page's first script. */
import { autocompletion, closeCompletion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, toggleComment } from "@codemirror/commands";
import { bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { Compartment, EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap, placeholder } from "@codemirror/view";
import { type ReactNode, useEffect, useRef } from "react";
import { styleNonce } from "@/theme/mantine";
import { completer, type Words } from "./editor/completions";
import { formatted } from "./editor/format";
import { colours, queryLanguage } from "./editor/syntax";
import { markProblem, problemField } from "./editor/underline";
import classes from "./QueryEditor.module.css";
import type { Language } from "./view";

interface QueryEditorProps {
  text: string;
  language: Language;
  span: [number, number] | null;
  words: Words;
  onChange: (text: string) => void;
  onRun: () => void;
}

export default function QueryEditor({ text, language, span, words, onChange, onRun }: QueryEditorProps): ReactNode {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView | null>(null);
  const calls = useRef({ onChange, onRun, words });
  const tongue = useRef(new Compartment());
  useEffect(() => {
    calls.current = { onChange, onRun, words };
  });
  useEffect(() => {
    if (host.current === null) return undefined;
    const view = new EditorView({ parent: host.current, state: firstState(text, language, tongue.current, calls) });
    editor.current = view;
    return () => view.destroy();
    // The editor is made once; the effects below bring it up to date.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  useEffect(() => {
    editor.current?.dispatch({ effects: tongue.current.reconfigure(spoken(language)) });
  }, [language]);
  useEffect(() => {
    const view = editor.current;
    if (view === null || view.state.doc.toString() === text) return;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
  }, [text]);
  useEffect(() => {
    editor.current?.dispatch({ effects: markProblem.of(span) });
  }, [span]);
  return <div ref={host} className={classes["editor"]} data-query-editor />;
}

type Calls = { current: Pick<QueryEditorProps, "onChange" | "onRun" | "words"> };

function spoken(language: Language): ReturnType<typeof queryLanguage>[] {
  return [queryLanguage(language)];
}

function firstState(text: string, language: Language, tongue: Compartment, calls: Calls): EditorState {
  const run = (view: EditorView): boolean => {
    closeCompletion(view);
    calls.current.onRun();
    return true;
  };
  const format = (view: EditorView): boolean => {
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: formatted(view.state.doc.toString()) } });
    return true;
  };
  const leave = (view: EditorView): boolean => {
    view.contentDOM.blur();
    return true;
  };
  return EditorState.create({
    doc: text,
    extensions: [
      EditorView.cspNonce.of(styleNonce()),
      Prec.highest(keymap.of([{ key: "Mod-Enter", run }, { key: "Alt-f", run: format }, { key: "Mod-/", run: toggleComment }])),
      history(),
      bracketMatching(),
      tongue.of(spoken(language)),
      syntaxHighlighting(colours),
      autocompletion({ override: [(context) => completer(calls.current.words)(context)], activateOnTyping: true, activateOnTypingDelay: 120, icons: false }),
      problemField,
      keymap.of([...defaultKeymap, ...historyKeymap, { key: "Escape", run: leave }]),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ "aria-label": "Query" }),
      placeholder("index=main error | timechart count by service"),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) calls.current.onChange(update.state.doc.toString());
      }),
    ],
  });
}
