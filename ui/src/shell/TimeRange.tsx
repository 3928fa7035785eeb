/** The shown range, its presets, any range in words the server knows, and one step back or forth. */
import { Button, Popover, TextInput, Tooltip } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { bounds, looksLikeTime, PRESETS, type Range, shifted } from "@/time/range";
import { short } from "@/time/zone";
import { useRange, useZone } from "./address";
import { useCommands } from "./commands";
import { useFittedRange } from "./fittedRange";
import { Icon } from "./Icon";
import classes from "./TopBar.module.css";

export function rangeLabel(range: Range, zone: string): string {
  const preset = PRESETS.find((each) => each.from === range.from && (range.to === "" || range.to === "now"));
  if (preset !== undefined) return preset.label;
  const found = bounds(range, Date.now());
  const absolute = /^\d/.test(range.from) && /^\d/.test(range.to);
  if (found === null || !absolute) return `${range.from || "beginning"} to ${range.to || "now"}`;
  const fine = found[1] - found[0] < 3600e3;
  return `${short(found[0], zone, fine)} – ${short(found[1], zone, fine)}`;
}

export function TimeRange(): ReactNode {
  const [range, setRange] = useRange();
  const [zone] = useZone();
  const [opened, setOpened] = useState(false);
  const fit = useFittedRange();
  const step = (steps: number): void => {
    const next = shifted(range, steps, Date.now());
    if (next !== null) setRange(next);
  };
  const choose = (next: Range): void => {
    setOpened(false);
    setRange(next);
  };
  const chooseFit = async (): Promise<void> => choose(await fit());
  useCommands([
    { title: "Previous time range", group: "Time", keys: ["["], run: () => step(-1) },
    { title: "Next time range", group: "Time", keys: ["]"], run: () => step(1) },
    { title: "Fit the range to the data", group: "Time", run: () => void chooseFit() },
    ...PRESETS.map((each) => ({ title: each.label, group: "Time", run: () => choose({ from: each.from, to: each.from === "" ? "" : "now" }) })),
  ]);
  return (
    <div className={classes["group"]}>
      <Step label="Previous time range" icon="left" run={() => step(-1)} />
      <Popover opened={opened} onChange={setOpened} position="bottom-end" trapFocus>
        <Popover.Target>
          <button type="button" className={classes["control"]} aria-label={`Time range: ${rangeLabel(range, zone)}`} onClick={() => setOpened(!opened)}>
            <Icon name="clock" />
            {rangeLabel(range, zone)}
            <Icon name="down" />
          </button>
        </Popover.Target>
        <Popover.Dropdown>
          <div className={classes["panel"]}>
            <div className={classes["presets"]}>
              {PRESETS.map((each) => (
                <button
                  key={each.label}
                  type="button"
                  className={`${classes["preset"]} ${each.from === range.from && !/^\d/.test(range.to) ? classes["chosen"] : ""}`}
                  onClick={() => choose({ from: each.from, to: each.from === "" ? "" : "now" })}
                >
                  {each.label}
                </button>
              ))}
              <button type="button" className={classes["preset"]} onClick={() => void chooseFit()}>
                Fit to the data
              </button>
            </div>
            <OwnRange key={`${range.from} ${range.to}`} range={range} onChoose={choose} />
          </div>
        </Popover.Dropdown>
      </Popover>
      <Step label="Next time range" icon="right" run={() => step(1)} />
    </div>
  );
}

function Step({ label, icon, run }: { label: string; icon: "left" | "right"; run: () => void }): ReactNode {
  return (
    <Tooltip label={`${label} (${icon === "left" ? "[" : "]"})`}>
      <button type="button" className={classes["control"]} aria-label={label} onClick={run}>
        <Icon name={icon} />
      </button>
    </Tooltip>
  );
}

function OwnRange({ range, onChoose }: { range: Range; onChoose: (range: Range) => void }): ReactNode {
  const [from, setFrom] = useState(range.from);
  const [to, setTo] = useState(range.to);
  const wrong = (text: string): string | null => (looksLikeTime(text.trim()) ? null : "no time");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (wrong(from) === null && wrong(to) === null) onChoose({ from: from.trim(), to: to.trim() });
  };
  return (
    <form className={classes["form"]} onSubmit={submit}>
      <TextInput label="From" value={from} onChange={(event) => setFrom(event.currentTarget.value)} error={wrong(from)} placeholder="beginning" />
      <TextInput label="To" value={to} onChange={(event) => setTo(event.currentTarget.value)} error={wrong(to)} placeholder="now" />
      <p className={classes["faint"]}>-15m, -1d@d, now, 2026-11-21T14:00:00Z, epoch seconds</p>
      <Button type="submit">Apply</Button>
    </form>
  );
}
