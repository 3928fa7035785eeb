/** A page of the rail. Files `pages/<name>/page.ts` are found by name; there is no list. */
import type { ComponentType } from "react";
import type { IconName } from "./Icon";

export interface Page {
  path: string;
  title: string;
  icon: IconName;
  /** Place in the rail, small first. */
  order: number;
  /** Whether the page shows a stretch of time that the top bar sets. */
  ranged: boolean;
  Body: ComponentType;
}

export function definePage(page: Page): Page {
  return page;
}

const found = import.meta.glob<{ page: Page }>("../pages/*/page.ts", { eager: true });

export const pages: readonly Page[] = Object.values(found)
  .map((each) => each.page)
  .sort((a, b) => a.order - b.order);
