import { describe, expect, it } from "vitest";
import { hues, severityToken } from "@/chart/palette";
import { stacked } from "@/chart/series";
import { before, KEPT } from "@/sources/sources";
import { bytes, compact, count, duration, rate, share } from "@/text/quantity";

const plain = (text: string): string => text.replaceAll("\u2009", " ");

describe("quantities", () => {
  it.each([
    [count(1234567.5), "1 234 567.5"],
    [count(-1000), "−1 000"],
    [compact(999), "999"],
    [compact(12345), "12.3 k"],
    [compact(0.1234), "0.123"],
    [bytes(1536), "1.5 KiB"],
    [bytes(0), "0 B"],
    [duration(0.00025), "250 µs"],
    [duration(0.34), "340 ms"],
    [duration(200), "3 m 20 s"],
    [duration(90_000), "1 d 1 h"],
    [share(0.034), "3.4 %"],
    [share(1), "100 %"],
    [share(0.0001), "<0.1 %"],
    [rate(0.0012), "<0.01"],
    [rate(0.5), "0.5"],
  ])("%s", (found, expected) => expect(plain(found)).toBe(expected));
});

describe("colours", () => {
  it("stay with the name, whatever the order", () => {
    expect(hues(["a", "b", "c"])).toEqual(hues(["c", "b", "a"]));
  });

  it("differ while there are hues", () => {
    const names = Array.from({ length: 10 }, (_, at) => `series ${at}`);
    expect(new Set(hues(names).values()).size).toBe(10);
  });

  it("know severities in every spelling", () => {
    expect(["WARN", "Warning", "warn2"].map(severityToken)).toEqual(Array(3).fill("--severity-warn"));
    expect([severityToken("CRITICAL"), severityToken("err"), severityToken("odd")]).toEqual(["--severity-fatal", "--severity-error", "--severity-none"]);
  });
});

describe("stacks", () => {
  it("stand on what is shown below them", () => {
    const series = [
      { name: "a", colour: "", values: [1, null] },
      { name: "b", colour: "", values: [2, 3] },
    ];
    expect(stacked(series, new Set())).toEqual([[1, 0], [3, 3]]);
    expect(stacked(series, new Set(["a"]))).toEqual([[null, null], [2, 3]]);
  });
});

describe("rates before the first look", () => {
  it("have the server's averages", () => {
    const values = [...before({ rate_1m: 10, rate_5m: 4 }), 10];
    const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
    expect(values.length).toBe(KEPT);
    expect(mean).toBeCloseTo(4, 5);
    expect(before({ rate_1m: 10, rate_5m: 1 }).every((each) => each >= 0)).toBe(true);
  });
});
