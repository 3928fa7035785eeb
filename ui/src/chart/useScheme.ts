/** Whether the page is dark or light now; canvas drawings are made anew when it changes. */
import { useSyncExternalStore } from "react";

const NAME = "data-mantine-color-scheme";

function subscribe(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: [NAME] });
  return () => observer.disconnect();
}

export function useScheme(): string {
  return useSyncExternalStore(subscribe, () => document.documentElement.getAttribute(NAME) ?? "dark");
}
