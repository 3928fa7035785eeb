import { describe, expect, it } from "vitest";
import { isOpen } from "@/api/session";
import { placeOf, WAYS } from "@/sources/snippets";

const ADDRESS = { origin: "https://logs.example", hostname: "logs.example", port: "", protocol: "https:" };
const all = WAYS.flatMap((way) => way.snippets.map((each) => [`${way.title}, ${each.title}`, each] as const));

describe("snippets", () => {
  it("name this server and no other", () => {
    const place = placeOf({ ...ADDRESS, origin: "https://logs.example:8443", port: "8443" }, true);
    for (const [name, each] of all) if (!name.startsWith("Prometheus scraping")) expect(each.text(place)).toContain("logs.example");
    expect(placeOf({ origin: "http://h", hostname: "h", port: "", protocol: "http:" }, true).port).toBe("80");
  });

  it("name no variable that an open server does not need", () => {
    const place = placeOf(ADDRESS, true);
    for (const [name, each] of all) expect(`${name} ${each.text(place)}`).not.toMatch(/TOKEN|environ|credentials_file/);
  });

  it("carry the token where the server wants one", () => {
    const place = placeOf(ADDRESS, false);
    const carrying = all.filter(([, each]) => /TOKEN|credentials_file/.test(each.text(place))).map(([name]) => name);
    // The server itself scrapes; `pilotage ingest` reads PILOTAGE_TOKEN itself.
    expect(all.map(([name]) => name).filter((name) => !carrying.includes(name))).toEqual(["Prometheus scraping, The server’s own settings", "Files, pilotage ingest"]);
    expect(all.filter(([, each]) => /undefined|Bearer any|Splunk any/.test(each.text(place)))).toEqual([]);
  });

  it("claim a protocol once", () => {
    const proofs = WAYS.flatMap((way) => way.proof);
    expect(new Set(proofs).size).toBe(proofs.length);
    expect(proofs).toContain("scrape");
  });
});

describe("a session", () => {
  it("without an end is an open server's", () => {
    expect(isOpen({ login_needed: false, expires: null })).toBe(true);
    expect(isOpen({ login_needed: false, expires: 1 })).toBe(false);
    expect(isOpen({ login_needed: true, expires: null })).toBe(false);
  });
});
