/** Rules of the source that no linter knows: sizes of files, raw colours and pixels in styles, markup from text, names that say nothing. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..", "src");
const files = readdirSync(ROOT, { recursive: true, encoding: "utf8" })
  .filter((each) => /\.(tsx?|css)$/.test(each) && !each.endsWith("schema.ts"))
  .map((name) => ({ name, text: readFileSync(join(ROOT, name), "utf8") }));

const breaking = (pattern: RegExp, names: RegExp): string[] => files.filter((each) => names.test(each.name) && pattern.test(each.text)).map((each) => each.name);

describe("the source", () => {
  it("is found", () => expect(files.length).toBeGreaterThan(50));

  it("has short files", () => expect(files.filter((each) => each.text.split("\n").length > 400).map((each) => each.name)).toEqual([]));

  it("holds colours and sizes in tokens.css only", () => {
    expect(breaking(/#[0-9a-fA-F]{3,8}\b|\b\d+px\b|\brgba?\(/, /^(?!theme[/\\]tokens).*\.css$/)).toEqual([]);
  });

  it("uses only tokens that there are", () => {
    const tokens = new Set([...(files.find((each) => each.name.endsWith("tokens.css"))?.text ?? "").matchAll(/(--[\w-]+):/g)].map((each) => each[1]));
    const local = new Set(["--tone", "--tone-soft"]);
    const unknown = files.flatMap(({ name, text }) =>
      [...text.matchAll(/var\((--[\w-]+)\)/g)].map((each) => each[1] ?? "").filter((token) => !tokens.has(token) && !local.has(token) && !token.startsWith("--mantine")).map((token) => `${name}: ${token}`),
    );
    expect(unknown).toEqual([]);
  });

  it("never makes markup of text", () => expect(breaking(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|dangerouslySetInnerHTML/, /\.tsx?$/)).toEqual([]));

  it("names files by what they are", () => {
    expect(files.filter((each) => /^(utils?|common|misc|helpers?|base|manager|index)\.tsx?$/.test(basename(each.name))).map((each) => each.name)).toEqual([]);
  });

  it("says in each file what it is for", () => {
    expect(files.filter((each) => /\.tsx?$/.test(each.name) && !each.name.endsWith(".d.ts") && !each.text.startsWith("/**")).map((each) => each.name)).toEqual([]);
  });
});
