/** The Search page's view in the address, and the way to change it. */
import { useCallback, useEffect, useMemo } from "react";
import { useSearchParams } from "react-router";
import { useFittedRange } from "@/shell/fittedRange";
import { hasRange, readView, type View, writeView } from "./view";

export type Change = (part: Partial<View>, replace?: boolean) => void;

/** The view; null until a range that fits the data has been found for an address that names none. */
export function useView(): [View | null, Change] {
  const [params, setParams] = useSearchParams();
  const fit = useFittedRange();
  const ranged = hasRange(params);
  const text = params.toString();
  const view = useMemo(() => (ranged ? readView(new URLSearchParams(text)) : null), [ranged, text]);
  const change = useCallback<Change>(
    (part, replace = false) => setParams((last) => writeView({ ...readView(last), ...part }, last), { replace }),
    [setParams],
  );
  useEffect(() => {
    if (ranged) return undefined;
    let stale = false;
    const put = async (): Promise<void> => {
      // Without an answer the page shows the last quarter of an hour; the search itself then tells what is wrong.
      const range = await fit().catch(() => ({ from: "-15m", to: "now" }));
      if (!stale) change({ range }, true);
    };
    void put();
    return () => {
      stale = true;
    };
  }, [ranged, fit, change]);
  return [view, change];
}
