import { describe, expect, it } from "vitest";
import { fitted, snapped } from "@/time/fit";
import { absolute, bounds, instant, isRelative, looksLikeTime, shifted } from "@/time/range";
import { short, stamp, timeLabels, wallDate } from "@/time/zone";

const NOW = Date.UTC(2026, 10, 21, 14, 3, 7, 250);
const MINUTE = 60e3;
const HOUR = 60 * MINUTE;

describe("instants", () => {
  it.each([
    ["now", NOW],
    ["-15m", NOW - 15 * MINUTE],
    ["-1h@h", Date.UTC(2026, 10, 21, 13)],
    ["-1d@d", Date.UTC(2026, 10, 20)],
    ["+5m", NOW + 5 * MINUTE],
    ["1795305000.5", 1795305000500],
    ["2026-11-21T14:00:00Z", Date.UTC(2026, 10, 21, 14)],
    ["", null],
    ["-1mon", null],
    ["yesterday", null],
  ])("%s", (text, expected) => expect(instant(text, NOW)).toBe(expected));

  it("knows what may be a time without knowing which", () => {
    expect(["-1mon@mon", "@w1", "now", "", "17.5"].every(looksLikeTime)).toBe(true);
    expect(["last week", "2026-99", "<b>"].some(looksLikeTime)).toBe(false);
  });
});

describe("ranges", () => {
  it("are bounds only when both are known and in order", () => {
    expect(bounds({ from: "-1h", to: "" }, NOW)).toEqual([NOW - HOUR, NOW]);
    expect(bounds({ from: "", to: "" }, NOW)).toBeNull();
    expect(bounds({ from: "now", to: "-1h" }, NOW)).toBeNull();
  });

  it("step by their own width", () => {
    expect(shifted({ from: "100", to: "160" }, -1, NOW)).toEqual({ from: "40", to: "100" });
    expect(shifted({ from: "100", to: "160" }, 1, NOW)).toEqual({ from: "160", to: "220" });
    expect(shifted({ from: "", to: "" }, 1, NOW)).toBeNull();
  });

  it("keep milliseconds when absolute", () => {
    expect(absolute([1795305000123, 1795305001456])).toEqual({ from: "1795305000.123", to: "1795305001.456" });
    expect(isRelative({ from: "-1h", to: "now" })).toBe(true);
    expect(isRelative({ from: "100", to: "160" })).toBe(false);
  });
});

describe("the range that fits", () => {
  it("is the shortest preset that holds recent data", () => {
    expect(fitted(NOW - 10 * MINUTE, NOW - 1000, NOW)).toEqual({ from: "-15m", to: "now" });
    expect(fitted(NOW - 2 * HOUR, NOW - 1000, NOW)).toEqual({ from: "-4h", to: "now" });
  });

  it("is a day at most while data arrive", () => {
    expect(fitted(NOW - 60 * 24 * HOUR, NOW, NOW)).toEqual({ from: "-24h", to: "now" });
  });

  it("is the data's own extent when they ended long ago", () => {
    const range = fitted(NOW - 100 * HOUR, NOW - 99 * HOUR, NOW);
    expect(bounds(range, NOW)?.[0]).toBeLessThanOrEqual(NOW - 100 * HOUR);
    expect(bounds(range, NOW)?.[1]).toBeGreaterThan(NOW - 99 * HOUR);
    expect(bounds(range, NOW)?.[1]).toBeLessThan(NOW - 98 * HOUR);
  });

  it("is all time when nothing is known", () => expect(fitted(Number.NaN, 0, NOW)).toEqual({ from: "", to: "" }));
});

describe("brushing", () => {
  it("grows to whole buckets", () => {
    expect(snapped([1_250, 3_100], 0, 1_000)).toEqual([1_000, 4_000]);
    expect(snapped([1_250, 3_100], 500, 1_000)).toEqual([500, 3_500]);
  });

  it("is one bucket at least", () => expect(snapped([1_000, 1_000], 0, 1_000)).toEqual([1_000, 2_000]));
});

describe("zones", () => {
  it("show the same instant", () => {
    expect(stamp(NOW, "UTC")).toBe("2026-11-21 14:03:07.250");
    expect(stamp(NOW, "Asia/Tokyo")).toBe("2026-11-21 23:03:07.250");
    expect(stamp(NOW, "Asia/Kolkata")).toBe("2026-11-21 19:33:07.250");
  });

  it("hold before 1970 and beyond what dates can say", () => {
    expect(stamp(-500, "UTC")).toBe("1969-12-31 23:59:59.500");
    expect(stamp(1e18, "UTC")).toBe("1000000000000000");
  });

  it("make dates that read like the zone", () => {
    const date = wallDate(NOW / 1e3, "Asia/Tokyo");
    expect([date.getHours(), date.getMinutes(), date.getDate()]).toEqual([23, 3, 21]);
  });

  it("label an axis no finer than its steps", () => {
    const start = Date.UTC(2026, 10, 21, 23) / 1e3;
    expect(timeLabels([start, start + 3600, start + 7200], "UTC")).toEqual(["23:00", "11-22", "01:00"]);
    expect(timeLabels([start, start + 10], "UTC")).toEqual(["23:00:00", "23:00:10"]);
    expect(short(NOW, "UTC")).toBe("11-21 14:03");
  });
});
