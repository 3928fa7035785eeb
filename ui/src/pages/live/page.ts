/** Live in the rail. */
import { lazy } from "react";
import { definePage } from "@/shell/page";

export const page = definePage({
  path: "/live",
  title: "Live",
  icon: "live",
  order: 20,
  ranged: false,
  Body: lazy(() => import("./Live").then((each) => ({ default: each.Live }))),
});
