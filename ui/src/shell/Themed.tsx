/** Keeps the page's colour scheme at what the preferences say, and at the system's choice when they say so. */
import { useMantineColorScheme } from "@mantine/core";
import { type ReactNode, useEffect } from "react";
import { usePreferences } from "./preferences";

const LIGHT = "(prefers-color-scheme: light)";

export function Themed({ children }: { children: ReactNode }): ReactNode {
  const { theme } = usePreferences();
  const { setColorScheme } = useMantineColorScheme();
  useEffect(() => {
    const query = window.matchMedia(LIGHT);
    const apply = (): void => setColorScheme(theme === "system" ? (query.matches ? "light" : "dark") : theme);
    apply();
    query.addEventListener("change", apply);
    return () => query.removeEventListener("change", apply);
  }, [theme, setColorScheme]);
  return children;
}
