/** Colours of series: ten hues, stable by the series' name; severities have their own. Read from the tokens, so both themes fit. */

const HUES = 10;
const SEVERITIES = ["FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE"];

/** `--hue-3` and so on for each name: the name's own hue, or the next one free while there are free ones. */
export function hues(names: readonly string[]): Map<string, string> {
  const taken = new Set<number>();
  const found = new Map<string, string>();
  for (const name of [...names].sort()) {
    let hue = hash(name) % HUES;
    for (let tries = 0; taken.has(hue) && taken.size < HUES && tries < HUES; tries += 1) hue = (hue + 1) % HUES;
    taken.add(hue);
    found.set(name, `--hue-${hue + 1}`);
  }
  return found;
}

/** The token of a severity: `WARN2`, `warning` and `Warn` are one. */
export function severityToken(severity: string): string {
  const word = severity.toUpperCase().replace(/\d+$/, "");
  const known = SEVERITIES.find((each) => word.startsWith(each)) ?? SEVERITIES.find((each) => ALIASES[word] === each);
  return `--severity-${known === undefined ? "none" : known.toLowerCase()}`;
}

const ALIASES: Record<string, string> = { CRITICAL: "FATAL", EMERGENCY: "FATAL", ALERT: "FATAL", ERR: "ERROR", NOTICE: "INFO", INFORMATION: "INFO" };

/** Order in which severities are stacked: worst at the bottom, where heights compare. */
export function severityRank(severity: string): number {
  const token = severityToken(severity).replace("--severity-", "").toUpperCase();
  const rank = SEVERITIES.indexOf(token);
  return rank < 0 ? SEVERITIES.length : rank;
}

/** The value of a token as the page shows it now. */
export function tokenValue(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** A size token in CSS pixels, for what draws on canvas or counts rows. */
export function tokenPixels(name: string): number {
  return Number.parseFloat(tokenValue(name)) || 0;
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value >>> 0;
}
