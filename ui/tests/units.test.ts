import { describe, expect, it } from "vitest";
import { charactersBefore, unitsOf } from "../src/text/units";

describe("characters and units", () => {
  it("are the same in plain text", () => {
    expect(charactersBefore("index=main", 5)).toBe(5);
    expect(unitsOf("index=main", 5)).toBe(5);
    expect(unitsOf("ab", 3)).toBe(3);
  });
  it("differ behind an emoji", () => {
    const text = "a🙂b";
    expect(charactersBefore(text, 3)).toBe(2);
    expect(unitsOf(text, 2)).toBe(3);
    expect(unitsOf(text, 4)).toBe(5);
  });
});
