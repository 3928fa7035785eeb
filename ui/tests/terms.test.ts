import { describe, expect, it } from "vitest";
import { formatted } from "@/search/editor/format";
import { firstPipe, termText, withTerm } from "@/search/terms";

const is = (field: string, value: string) => ({ field, value, exclude: false });
const not = (field: string, value: string) => ({ field, value, exclude: true });

describe("a term in SPL", () => {
  it("goes before the first pipe", () => {
    expect(withTerm("index=main | stats count", is("severity", "ERROR"), "spl")).toBe('index=main severity="ERROR" | stats count');
    expect(withTerm("", is("severity", "ERROR"), "spl")).toBe('severity="ERROR"');
  });

  it("is not fooled by pipes in quotes and subsearches", () => {
    expect(withTerm('index=main "a|b" [search x | head 1] | head 1', is("a", "b"), "spl")).toBe('index=main "a|b" [search x | head 1] a="b" | head 1');
    expect(firstPipe('"a \\" | b" | c')).toBe(11);
  });

  it("keeps a top-level OR together", () => {
    expect(withTerm("a OR b", not("host", "h"), "spl")).toBe('(a OR b) NOT host="h"');
  });

  it("is added once, and turned over by its opposite", () => {
    const once = withTerm("index=main", is("a", "b"), "spl");
    expect(withTerm(once, is("a", "b"), "spl")).toBe(once);
    const turned = withTerm(once, not("a", "b"), "spl");
    expect(turned).toBe('index=main NOT a="b"');
    expect(withTerm(turned, not("a", "b"), "spl")).toBe(turned);
    expect(withTerm(turned, is("a", "b"), "spl")).toBe(once);
  });

  it("follows a query that begins with a command", () => {
    expect(withTerm("| makeresults", is("a", "b"), "spl")).toBe('| makeresults | search a="b"');
  });

  it("quotes what needs quotes", () => {
    expect(termText(is("odd field", 'say "hi" \\'), "spl")).toBe('"odd field"="say \\"hi\\" \\\\"');
  });
});

describe("a term in Sumo", () => {
  it("is a stage of its own", () => {
    expect(withTerm("_sourceCategory=a | count", is("status", "500"), "sumo")).toBe('_sourceCategory=a | where status = "500" | count');
    expect(termText(not("http.code", "500"), "sumo")).toBe('%"http.code" != "500"');
  });
});

describe("one stage a line", () => {
  it("breaks at top-level pipes only", () => {
    expect(formatted('index=main "a|b"|stats count|  sort - count')).toBe('index=main "a|b"\n| stats count\n| sort - count');
    expect(formatted("| makeresults")).toBe("| makeresults");
  });

  it("changes nothing the second time", () => {
    const once = formatted("a | b | c");
    expect(formatted(once)).toBe(once);
  });
});
