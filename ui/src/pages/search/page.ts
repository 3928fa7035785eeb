/** Search in the rail. */
import { lazy } from "react";
import { definePage } from "@/shell/page";

export const page = definePage({
  path: "/search",
  title: "Search",
  icon: "search",
  order: 10,
  ranged: true,
  Body: lazy(() => import("./Search").then((each) => ({ default: each.Search }))),
});
