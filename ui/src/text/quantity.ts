/** Numbers as people read them: thin space in thousands, SI or binary prefixes by unit, units always. */

const THIN = "\u2009";
const SI = ["", "k", "M", "G", "T", "P"];
const BINARY = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** `12 345`, whole numbers exactly. */
export function count(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const [whole = "", fraction] = String(Math.abs(value)).split(".");
  if (whole.includes("e")) return String(value);
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, THIN);
  return `${value < 0 ? "−" : ""}${grouped}${fraction === undefined ? "" : `.${fraction}`}`;
}

/** Three figures and a prefix: `1.23 k`. */
export function compact(value: number, unit = ""): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const step = size < 1000 ? 0 : Math.min(Math.floor(Math.log10(size) / 3), SI.length - 1);
  const word = `${SI[step] ?? ""}${unit}`;
  return `${figures(value / 1000 ** step)}${word === "" ? "" : THIN + word}`;
}

/** A rate a second, two figures below one: nobody acts on the third. */
export function rate(value: number): string {
  return value > 0 && value < 0.01 ? "<0.01" : value < 1 ? trim(value.toFixed(2)) : compact(value);
}

/** `1.2 MiB` */
export function bytes(value: number): string {
  const size = Math.abs(value);
  const step = size < 1024 ? 0 : Math.min(Math.floor(Math.log2(size) / 10), BINARY.length - 1);
  return `${figures(value / 1024 ** step)}${THIN}${BINARY[step] ?? ""}`;
}

/** A duration in seconds: `340 ms`, `1.2 s`, `3 m 20 s`, `2 h 5 m`, `3 d 4 h`. */
export function duration(seconds: number): string {
  const size = Math.abs(seconds);
  if (!Number.isFinite(seconds)) return "–";
  if (size === 0) return `0${THIN}s`;
  if (size < 1e-3) return `${figures(seconds * 1e6)}${THIN}µs`;
  if (size < 1) return `${figures(seconds * 1e3)}${THIN}ms`;
  if (size < 60) return `${figures(seconds)}${THIN}s`;
  if (size < 3600) return pair(seconds, 60, "m", 1, "s");
  if (size < 86_400) return pair(seconds, 3600, "h", 60, "m");
  return pair(seconds, 86_400, "d", 3600, "h");
}

function pair(seconds: number, large: number, largeWord: string, small: number, smallWord: string): string {
  const whole = Math.floor(seconds / large);
  const rest = Math.floor((seconds - whole * large) / small);
  return `${whole}${THIN}${largeWord}${rest > 0 ? ` ${rest}${THIN}${smallWord}` : ""}`;
}

/** A share of one: `3.4 %`. */
export function share(part: number): string {
  const percent = part * 100;
  if (!Number.isFinite(percent)) return "–";
  const text = percent > 0 && percent < 0.1 ? "<0.1" : percent >= 99.95 || percent === 0 ? percent.toFixed(0) : percent.toFixed(1);
  return `${text}${THIN}%`;
}

function figures(value: number): string {
  const size = Math.abs(value);
  if (size === 0 || Number.isInteger(value)) return String(value);
  return size >= 100 ? value.toFixed(0) : size >= 10 ? trim(value.toFixed(1)) : trim(value.toPrecision(3));
}

function trim(text: string): string {
  return text.includes(".") && !text.includes("e") ? text.replace(/\.?0+$/, "") : text;
}
