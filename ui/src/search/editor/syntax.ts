/** Colour only: what a word is, is told by where it stands. There is no word list; the server has the vocabulary. */
import { HighlightStyle, StreamLanguage, type StringStream } from "@codemirror/language";
import { tags } from "@lezer/highlight";
import type { Language } from "../view";

interface Place {
  /** A command is named next. */
  command: boolean;
  /** Inside a comment that ends with this. */
  comment: string;
  language: Language;
}

const WORD = /^[A-Za-z_][\w.:-]*/;

function comment(stream: StringStream, place: Place): string | null {
  if (place.language === "spl" && stream.match("```")) place.comment = "```";
  else if (place.language === "sumo" && stream.match("/*")) place.comment = "*/";
  else if (place.language === "sumo" && stream.match("//")) {
    stream.skipToEnd();
    return "comment";
  } else return null;
  return commentRest(stream, place);
}

function commentRest(stream: StringStream, place: Place): string {
  if (stream.skipTo(place.comment)) {
    stream.match(place.comment);
    place.comment = "";
  } else stream.skipToEnd();
  return "comment";
}

function token(stream: StringStream, place: Place): string | null {
  if (place.comment !== "") return commentRest(stream, place);
  if (stream.eatSpace()) return null;
  const found = comment(stream, place);
  if (found !== null) return found;
  if (stream.match("|")) {
    place.command = true;
    return "operator";
  }
  if (stream.match("[")) {
    place.command = false;
    return "operator";
  }
  if (stream.match(/^"(?:[^"\\]|\\.)*"?/) || stream.match(/^'(?:[^'\\]|\\.)*'?/)) return "string";
  if (stream.match(/^\{\{\{?[^}]*\}?\}\}/) || stream.match(/^\$[\w.|:]+\$/)) return "hole";
  if (stream.match(WORD)) return wordKind(stream, place);
  place.command = false;
  if (stream.match(/^-?\d+(?:\.\d+)?(?:[a-z]+)?/)) return "number";
  if (stream.match(/^(?:[<>!=]=?|[-+*/%,()\]])/)) return "operator";
  stream.next();
  return null;
}

function wordKind(stream: StringStream, place: Place): string {
  if (place.command) {
    place.command = false;
    return "command";
  }
  if (stream.match(/^\(/, false)) return "function";
  return /^(?:AND|OR|NOT|AS|BY|IN|XOR|LIKE|OVER|by|as|over)$/.test(stream.current()) ? "operator" : "field";
}

const languages = new Map<Language, StreamLanguage<Place>>();

export function queryLanguage(language: Language): StreamLanguage<Place> {
  const known = languages.get(language);
  if (known !== undefined) return known;
  const made = StreamLanguage.define<Place>({
    name: language,
    startState: () => ({ command: false, comment: "", language }),
    token,
    languageData: { commentTokens: language === "spl" ? { block: { open: "```", close: "```" } } : { line: "//" } },
    tokenTable: { command: tags.keyword, function: tags.function(tags.variableName), field: tags.variableName, hole: tags.special(tags.string) },
  });
  languages.set(language, made);
  return made;
}

export const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--code-command)", fontWeight: "var(--weight-strong)" },
  { tag: tags.function(tags.variableName), color: "var(--code-function)" },
  { tag: tags.string, color: "var(--code-string)" },
  { tag: tags.special(tags.string), color: "var(--code-hole)" },
  { tag: tags.number, color: "var(--code-number)" },
  { tag: tags.operator, color: "var(--code-operator)" },
  { tag: tags.variableName, color: "var(--code-field)" },
  { tag: tags.comment, color: "var(--code-comment)", fontStyle: "italic" },
]);
