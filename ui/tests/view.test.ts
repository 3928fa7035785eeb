import { describe, expect, it } from "vitest";
import { DEFAULT_MOST, DEFAULT_QUERY, hasRange, readView, type View, writeView } from "@/search/view";

const full: View = {
  query: 'index=main "a & b" | stats count by `x`',
  language: "sumo",
  range: { from: "-1h", to: "now" },
  columns: ["_time", "a,b", "back\\slash", "_raw"],
  sort: { field: "-odd", descending: true },
  tab: "chart",
  drawing: "area",
  stacked: true,
  hidden: ["ERROR", "x,y"],
  row: "abc123",
  most: 100_000,
  live: true,
};

describe("the view in the address", () => {
  it("comes back as it was, through text", () => {
    expect(readView(new URLSearchParams(writeView(full).toString()))).toEqual(full);
  });

  it("has defaults for an empty address", () => {
    const view = readView(new URLSearchParams());
    expect(view.query).toBe(DEFAULT_QUERY);
    expect(view.most).toBe(DEFAULT_MOST);
    expect(view).toMatchObject({ language: "spl", columns: [], sort: null, tab: null, row: null, live: false });
  });

  it("leaves defaults out and strangers in", () => {
    const view = readView(new URLSearchParams("q=error&from=-1h"));
    expect(writeView(view, new URLSearchParams("tz=Asia/Tokyo")).toString()).toBe("tz=Asia%2FTokyo&q=error&from=-1h");
  });

  it("tells all time from no range", () => {
    expect(hasRange(new URLSearchParams("q=x"))).toBe(false);
    expect(hasRange(writeView({ ...full, range: { from: "", to: "" } }))).toBe(true);
  });

  it.each([
    ["rows", "7"],
    ["view", "pie"],
    ["chart", "3d"],
    ["sort", "-"],
    ["lang", "sql"],
  ])("takes no %s=%s", (key, value) => {
    expect(readView(new URLSearchParams([[key, value]]))).toEqual(readView(new URLSearchParams()));
  });
});
