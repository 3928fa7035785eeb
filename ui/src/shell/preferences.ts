/** What this browser remembers: one versioned object in localStorage. `build/firstpaint.js` reads `theme` from it before the first paint. */
import { useSyncExternalStore } from "react";

export interface Preferences {
  version: 1;
  theme: "dark" | "light" | "system";
  density: "dense" | "comfortable";
  wrap: boolean;
  /** An IANA name, `UTC`, or `local`. */
  zone: string;
  facets: boolean;
}

const KEY = "pilotage.preferences";
const DEFAULTS: Preferences = { version: 1, theme: "system", density: "dense", wrap: false, zone: "UTC", facets: true };
const listeners = new Set<() => void>();
let current = read();

function read(): Preferences {
  try {
    const stored = JSON.parse(globalThis.localStorage?.getItem(KEY) ?? "{}") as Partial<Preferences>;
    return stored.version === DEFAULTS.version ? { ...DEFAULTS, ...stored } : DEFAULTS;
  } catch {
    return DEFAULTS;
  }
}

export function setPreferences(change: Partial<Omit<Preferences, "version">>): void {
  current = { ...current, ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(current));
  } catch {
    // A browser that stores nothing keeps the choice until the page is closed.
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, () => current);
}
