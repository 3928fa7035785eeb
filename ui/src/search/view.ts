/** What one looks at on the Search page, to and from the address: every view is a link, defaults are left out. */
import type { Range } from "@/time/range";

export type Language = "spl" | "sumo";
export type Tab = "events" | "table" | "chart";
export type Drawing = "line" | "area" | "column" | "bar";

export interface Sort {
  field: string;
  descending: boolean;
}

export interface View {
  query: string;
  language: Language;
  range: Range;
  /** Empty means as the result suggests. */
  columns: string[];
  sort: Sort | null;
  /** Null means as the result suggests. */
  tab: Tab | null;
  drawing: Drawing | null;
  stacked: boolean;
  /** Series switched off in the chart. */
  hidden: string[];
  /** Identity of the open row. */
  row: string | null;
  /** Most rows to fetch. */
  most: number;
  live: boolean;
}

export const MOST_CHOICES = [1_000, 10_000, 100_000];
export const DEFAULT_QUERY = "index=*";
export const DEFAULT_MOST = 10_000;
export const VIEW_KEYS = ["q", "lang", "from", "to", "cols", "sort", "view", "chart", "stack", "hide", "row", "rows", "live"];

const TABS: readonly Tab[] = ["events", "table", "chart"];
const DRAWINGS: readonly Drawing[] = ["line", "area", "column", "bar"];

/** The view in an address; null range parts mean the address says nothing about time. */
export function readView(params: URLSearchParams): View {
  const most = Number(params.get("rows"));
  return {
    query: params.get("q") ?? DEFAULT_QUERY,
    language: params.get("lang") === "sumo" ? "sumo" : "spl",
    range: { from: params.get("from") ?? "", to: params.get("to") ?? "" },
    columns: list(params.get("cols")),
    sort: readSort(params.get("sort")),
    tab: TABS.find((each) => each === params.get("view")) ?? null,
    drawing: DRAWINGS.find((each) => each === params.get("chart")) ?? null,
    stacked: params.get("stack") === "1",
    hidden: list(params.get("hide")),
    row: params.get("row"),
    most: MOST_CHOICES.includes(most) ? most : DEFAULT_MOST,
    live: params.get("live") === "1",
  };
}

/** The address of a view; keys that are not the view's stay as they are. */
export function writeView(view: View, others: URLSearchParams = new URLSearchParams()): URLSearchParams {
  const params = new URLSearchParams(others);
  const put = (key: string, value: string): void => (value === "" ? params.delete(key) : params.set(key, value));
  params.set("q", view.query);
  put("lang", view.language === "spl" ? "" : view.language);
  // An empty bound is written too: `from=` says "all time", no `from` says "choose what fits".
  params.set("from", view.range.from);
  put("to", view.range.to);
  put("cols", writeList(view.columns));
  put("sort", view.sort === null ? "" : `${view.sort.descending ? "-" : ""}${view.sort.field}`);
  put("view", view.tab ?? "");
  put("chart", view.drawing ?? "");
  put("stack", view.stacked ? "1" : "");
  put("hide", writeList(view.hidden));
  put("row", view.row ?? "");
  put("rows", view.most === DEFAULT_MOST ? "" : String(view.most));
  put("live", view.live ? "1" : "");
  return params;
}

export function hasRange(params: URLSearchParams): boolean {
  return params.has("from") || params.has("to");
}

function readSort(text: string | null): Sort | null {
  if (text === null || text === "" || text === "-") return null;
  return text.startsWith("-") ? { field: text.slice(1), descending: true } : { field: text, descending: false };
}

/** Field names may hold commas: those are written `\,`, a backslash `\\`. */
function writeList(items: string[]): string {
  return items.map((each) => each.replace(/[\\,]/g, "\\$&")).join(",");
}

function list(text: string | null): string[] {
  if (text === null || text === "") return [];
  const found = [""];
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charAt(at);
    if (letter === "," ) found.push("");
    else {
      if (letter === "\\") at += 1;
      found[found.length - 1] += text.charAt(at);
    }
  }
  return found.filter((each) => each !== "");
}
