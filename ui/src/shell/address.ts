/** The parts of the address that every page shares: time range and zone. */
import { useCallback } from "react";
import { useSearchParams } from "react-router";
import { isZone } from "@/time/zone";
import type { Range } from "@/time/range";
import { setPreferences, usePreferences } from "./preferences";

export function useRange(): [Range, (range: Range) => void] {
  const [params, setParams] = useSearchParams();
  const set = useCallback(
    (range: Range) =>
      setParams((last) => {
        const next = new URLSearchParams(last);
        next.set("from", range.from);
        if (range.to === "") next.delete("to");
        else next.set("to", range.to);
        next.delete("live");
        next.delete("row");
        return next;
      }),
    [setParams],
  );
  return [{ from: params.get("from") ?? "", to: params.get("to") ?? "" }, set];
}

/** The zone of the address, else the one this browser remembers. */
export function useZone(): [string, (zone: string) => void] {
  const [params, setParams] = useSearchParams();
  const { zone } = usePreferences();
  const named = params.get("tz");
  const set = useCallback(
    (next: string) => {
      setPreferences({ zone: next });
      setParams((last) => {
        const changed = new URLSearchParams(last);
        changed.set("tz", next);
        return changed;
      });
    },
    [setParams],
  );
  return [named !== null && (named === "local" || isZone(named)) ? named : zone, set];
}
