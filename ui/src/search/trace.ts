/** The spans of one trace as a tree in reading order. */
import { type Row, type Rows, shown, timeOf } from "./rows";

export interface SpanLine {
  id: string;
  name: string;
  service: string;
  error: boolean;
  depth: number;
  /** Milliseconds after the trace's first span. */
  start: number;
  length: number;
}

/** Parents before children, siblings by start; a span whose parent is not there is a root. Loops are cut. */
export function outlineOf(rows: Rows): { lines: SpanLine[]; start: number; length: number } {
  const spans = new Map<string, Row>();
  for (let at = 0; at < rows.length; at += 1) spans.set(shown(rows.at(at)["span_id"]), rows.at(at));
  const children = new Map<string, string[]>();
  const roots: string[] = [];
  for (const [id, row] of spans) {
    const parent = shown(row["parent_span_id"]);
    if (parent !== "" && parent !== id && spans.has(parent)) children.set(parent, [...(children.get(parent) ?? []), id]);
    else roots.push(id);
  }
  const begin = (id: string): number => timeOf(spans.get(id) ?? {}) ?? 0;
  const lengthOf = (id: string): number => Number(spans.get(id)?.["duration"] ?? 0) * 1e3;
  const ids = [...spans.keys()];
  const start = Math.min(...ids.map(begin));
  const length = Math.max(...ids.map((id) => begin(id) + lengthOf(id))) - start;
  const lines: SpanLine[] = [];
  const seen = new Set<string>();
  const visit = (id: string, depth: number): void => {
    if (seen.has(id)) return;
    seen.add(id);
    const row = spans.get(id) ?? {};
    lines.push({
      id,
      name: shown(row["name"]) || shown(row["_raw"]),
      service: shown(row["service"]),
      error: row["status"] === "ERROR",
      depth,
      start: begin(id) - start,
      length: lengthOf(id),
    });
    for (const child of (children.get(id) ?? []).sort((a, b) => begin(a) - begin(b))) visit(child, depth + 1);
  };
  for (const root of [...roots, ...ids].sort((a, b) => begin(a) - begin(b))) if (roots.includes(root)) visit(root, 0);
  for (const id of ids) visit(id, 0);
  return { lines, start, length };
}
