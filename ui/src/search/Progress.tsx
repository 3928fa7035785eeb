/** A thin moving line over the rows while a search runs: nothing shifts when it comes or goes. */
import type { ReactNode } from "react";
import classes from "./Progress.module.css";

export function Progress(): ReactNode {
  return (
    <div className={classes["progress"]} role="progressbar" aria-label="Searching">
      <i />
    </div>
  );
}
