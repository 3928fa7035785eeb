/** One turn counter a page: what shows data asks again when it moves, by hand or by the chosen interval. */
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";

interface Refresh {
  turn: number;
  /** Seconds between turns, 0 for by hand. */
  every: number;
  refresh: () => void;
  setEvery: (seconds: number) => void;
}

const Context = createContext<Refresh>({ turn: 0, every: 0, refresh: () => undefined, setEvery: () => undefined });

export const INTERVALS = [0, 5, 10, 30, 60, 300];

export function RefreshProvider({ children }: { children: ReactNode }): ReactNode {
  const [turn, setTurn] = useState(0);
  const [every, setEvery] = useState(0);
  const refresh = useCallback(() => setTurn((last) => last + 1), []);
  useEffect(() => {
    if (every === 0) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") refresh();
    }, every * 1e3);
    return () => clearInterval(timer);
  }, [every, refresh]);
  const value = useMemo(() => ({ turn, every, refresh, setEvery }), [turn, every, refresh]);
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export function useRefresh(): Refresh {
  return useContext(Context);
}
