/** A thin moving line while a search runs; after a second also its time and the way to stop it. */
import { Button } from "@mantine/core";
import { type ReactNode, useEffect, useState } from "react";
import { count, duration } from "@/text/quantity";
import classes from "./Progress.module.css";

interface ProgressProps {
  rows: number;
  onCancel: () => void;
}

export function Progress({ rows, onCancel }: ProgressProps): ReactNode {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const started = Date.now();
    const timer = setInterval(() => setSeconds((Date.now() - started) / 1e3), 500);
    return () => clearInterval(timer);
  }, []);
  return (
    <div className={classes["progress"]} role="progressbar" aria-label="Searching">
      <i />
      {seconds >= 1 && (
        <p className={classes["told"]}>
          {duration(Math.floor(seconds))}, {count(rows)} rows so far
          <Button size="compact-xs" variant="default" onClick={onCancel}>
            Cancel
          </Button>
        </p>
      )}
    </div>
  );
}
