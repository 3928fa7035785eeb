import { describe, expect, it } from "vitest";
import { linesOf } from "@/api/lines";
import { shownColumns, widthOf } from "@/search/columns";
import { drawnOf } from "@/search/drawn";
import { cell, csv } from "@/search/export";
import { pretty } from "@/search/json";
import { Ring } from "@/search/ring";
import { identity, isUnreadable, Rows, shown } from "@/search/rows";
import { outlineOf } from "@/search/trace";
import { eventsOf } from "@/search/useTail";

function rowsOf(...rows: object[]): Rows {
  const made = new Rows();
  made.push(rows.map((each) => JSON.stringify(each)));
  return made;
}

describe("NDJSON", () => {
  it("gives whole lines however it is cut", async () => {
    const bytes = new TextEncoder().encode('{"a":"ä€"}\n{"b":2}\n{"c":3}');
    for (const size of [1, 2, 3, 7, 100]) {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
          controller.close();
        },
      });
      const found: string[] = [];
      for await (const lines of linesOf(body)) found.push(...lines);
      expect(found).toEqual(['{"a":"ä€"}', '{"b":2}', '{"c":3}']);
    }
  });

  it("of a tail is split into events and what was said", () => {
    const told: object[] = [];
    const events = eventsOf(['{"event":{"a":1}}', '{"beat":1,"events":7,"left_out":2}'], (part) => told.push(part));
    expect(events).toEqual(['{"a":1}']);
    expect(told).toEqual([{ total: 7, left: 2 }]);
    expect(() => eventsOf(['{"error":{"code":"x","sentence":"gone"}}'], () => undefined)).toThrow("gone");
  });
});

describe("rows", () => {
  it("order numbers as numbers, words as words, absent last both ways", () => {
    const rows = rowsOf({ n: 10 }, { n: 9 }, {}, { n: "8" });
    expect(rows.order("n", false)).toEqual([3, 1, 0, 2]);
    expect(rows.order("n", true)).toEqual([0, 1, 3, 2]);
  });

  it("open many without keeping all", () => {
    const rows = new Rows();
    rows.push(Array.from({ length: 10_000 }, (_, at) => `{"n":${at}}`));
    for (let at = 0; at < 10_000; at += 1) expect(rows.at(at)["n"]).toBe(at);
    expect(rows.at(0)["n"]).toBe(0);
  });

  it("show every kind of value as text", () => {
    expect(shown(["a", 1, null])).toBe("a\n1\n");
    expect(shown({ a: [1] })).toBe('{"a":[1]}');
    expect(shown(false)).toBe("false");
  });

  it.each(["{", '{"n":NaN}', "<html>", "}}", "[1]", "7"])("keep the line %j as its text", (line) => {
    const rows = new Rows();
    rows.push(['{"n":1}', line, '{"n":0}']);
    expect(rows.at(1)).toEqual({ _raw: line });
    expect([0, 1, 2].map((at) => isUnreadable(rows.at(at)))).toEqual([false, true, false]);
    expect([...rows.fields().keys()]).toEqual(["n"]);
    expect(rows.order("n", false)).toEqual([2, 0, 1]);
    expect(pretty(line).replaceAll(/\s/g, "")).toBe(line);
    expect(eventsOf([line, '{"event":{"n":1}}'], () => undefined)).toEqual([line, '{"n":1}']);
  });

  it("are told apart by their line", () => {
    expect(identity('{"a":1}')).toBe(identity('{"a":1}'));
    expect(identity('{"a":1}')).not.toBe(identity('{"a":2}'));
  });
});

describe("columns", () => {
  it("suggest what events have", () => {
    const rows = rowsOf({ _time: 1, _raw: "x", index: "main", severity: "INFO", service: "s" }, { _time: 2, _raw: "y", index: "main", severity: "WARN", service: "s" });
    expect(shownColumns("events", rows, null, [])).toEqual(["_time", "severity", "service", "_raw"]);
    expect(shownColumns("events", rows, null, ["a"])).toEqual(["a"]);
    expect(widthOf("_time", rows)).toBe("time");
  });

  it("of a table are its own", () => expect(shownColumns("table", rowsOf({ b: 1, a: 2 }), ["a", "b"], [])).toEqual(["a", "b"]));
});

describe("export", () => {
  it.each([
    ["=1+1", "'=1+1"],
    ["+cmd", "'+cmd"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["-1.5", "-1.5"],
    ["-x", "'-x"],
    ['say "a", b', '"say ""a"", b"'],
    ["=a,b", '"\'=a,b"'],
    ["\tx", "'\tx"],
  ])("guards %j", (text, expected) => expect(cell(text)).toBe(expected));

  it("always has a header", () => expect(csv([], ["a", "b"])).toBe("a,b\r\n"));
});

describe("the tail's ring", () => {
  it("keeps the newest", () => {
    const ring = new Ring(3);
    ring.push(["a", "b"]);
    expect(ring.newestFirst()).toEqual(["b", "a"]);
    ring.push(["c", "d", "e"]);
    expect(ring.newestFirst()).toEqual(["e", "d", "c"]);
    expect(ring.total).toBe(5);
  });
});

describe("drawing", () => {
  it("makes a series of every number column", () => {
    const found = drawnOf(rowsOf({ _time: 20, a: 2, b: "x" }, { _time: 10, a: 1, b: null }), ["_time", "a", "b"]);
    expect(found.kind === "time" && found.drawn.times).toEqual([10, 20]);
  });

  it("splits long rows by their text", () => {
    const found = drawnOf(rowsOf({ _time: 1, s: "x", n: 5 }, { _time: 1, s: "y", n: 6 }, { _time: 2, s: "x", n: 7 }), null);
    expect(found.kind === "time" && found.drawn.series.map((each) => [each.name, each.values])).toEqual([
      ["x", [5, 7]],
      ["y", [6, null]],
    ]);
  });

  it("makes bars without a time", () => {
    const found = drawnOf(rowsOf({ service: "a", count: 3 }), null);
    expect(found.kind === "bars" && [found.named, found.measured, found.bars]).toEqual(["service", "count", [{ name: "a", values: [3] }]]);
  });
});

describe("a trace", () => {
  it("reads parents before children and survives loops", () => {
    const rows = rowsOf(
      { _time: 2, span_id: "b", parent_span_id: "a", name: "child", duration: 1 },
      { _time: 1, span_id: "a", name: "root", duration: 3 },
      { _time: 3, span_id: "x", parent_span_id: "y", name: "loop", duration: 0 },
      { _time: 3, span_id: "y", parent_span_id: "x", name: "loop", duration: 0 },
    );
    const { lines, length } = outlineOf(rows);
    expect(lines.map((each) => [each.id, each.depth])).toEqual([["a", 0], ["b", 1], ["x", 0], ["y", 1]]);
    expect(length).toBe(3000);
  });
});

describe("JSON for reading", () => {
  it("keeps every digit and quoted brace", () => {
    const text = pretty('{"_time":1795303648.492315788,"a":["{\\"x\\"}",1]}');
    expect(text).toContain("1795303648.492315788");
    expect(JSON.parse(text)).toEqual(JSON.parse('{"_time":1795303648.492315788,"a":["{\\"x\\"}",1]}'));
  });
});
