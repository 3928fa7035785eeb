/** The page's few icons, drawn here: a 16-unit grid, strokes in the colour of the text around them. */
import type { ReactNode } from "react";
import classes from "./Icon.module.css";

const PATHS = {
  search: "M7 12.5a5.5 5.5 0 1 1 0-11 5.5 5.5 0 0 1 0 11ZM11 11l3.5 3.5",
  live: "M1.5 8h2.6l1.9-5 3.4 10L11.6 8h2.9",
  clock: "M8 14.5a6.5 6.5 0 1 1 0-13 6.5 6.5 0 0 1 0 13ZM8 4.5V8l2.5 1.8",
  refresh: "M13.5 8a5.5 5.5 0 1 1-1.6-3.9M13.5 1.8v3h-3",
  sun: "M8 11a3 3 0 1 1 0-6 3 3 0 0 1 0 6ZM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1",
  moon: "M13.5 9.6A6 6 0 0 1 6.4 2.5a6 6 0 1 0 7.1 7.1Z",
  keys: "M2 4h12v8H2zM4.5 6.5h.01M7 6.5h.01M9.5 6.5h.01M12 6.5h.01M5 9.5h6",
  down: "M4 6.5 8 10.5 12 6.5",
  up: "M4 10 8 6l4 4",
  left: "M10 3.5 5.5 8l4.5 4.5",
  right: "M6 3.5 10.5 8 6 12.5",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  filter: "M2 3h12L9.5 8.5V13l-3-1.5v-3z",
  download: "M8 2v8.5M4.5 7.5 8 11l3.5-3.5M2.5 14h11",
  columns: "M2 3h12v10H2zM6 3v10M10 3v10",
  wrap: "M2 4h12M2 8h9.5a2 2 0 0 1 0 4H8M9.5 10.5 8 12l1.5 1.5M2 12h3",
  rows: "M2 4h12M2 8h12M2 12h12",
  play: "M5 3l8 5-8 5z",
  stop: "M4 4h8v8H4z",
  fit: "M2 5V2.5h3M11 2.5h3V5M14 11v2.5h-3M5 13.5H2V11M5 8h6M9 6l2 2-2 2M7 6 5 8l2 2",
  info: "M8 14.5a6.5 6.5 0 1 1 0-13 6.5 6.5 0 0 1 0 13ZM8 7.5v3.5M8 5h.01",
  warning: "M8 2 14.5 13.5h-13zM8 6.5v3.5M8 12h.01",
  error: "M5.200 1.5h5.600l3.700 3.700v5.600l-3.700 3.700H5.200l-3.700-3.700V5.200zM8 4.5V9M8 11.200h.01",
  check: "M3 8.5 6.5 12 13 4.5",
  trace: "M2 3h7M4 6.5h8M6 10h5M7 13.5h7",
  link: "M6.5 9.5 9.5 6.5M7 4.5l2-2a3.200 3.200 0 0 1 4.5 4.5l-2 2M9 11.5l-2 2A3.200 3.200 0 0 1 2.5 9l2-2",
  user: "M8 8a3 3 0 1 1 0-6 3 3 0 0 1 0 6ZM2.5 14c.500-3 2.700-4.5 5.5-4.5s5 1.5 5.5 4.5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }): ReactNode {
  return (
    <svg className={classes["icon"]} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
