/** Ask again now, or every so often. */
import { Menu } from "@mantine/core";
import type { ReactNode } from "react";
import { duration } from "@/text/quantity";
import { Icon } from "./Icon";
import { INTERVALS, useRefresh } from "./refresh";
import classes from "./TopBar.module.css";

export function RefreshControl(): ReactNode {
  const { every, refresh, setEvery } = useRefresh();
  const word = (seconds: number): string => (seconds === 0 ? "By hand" : `Every ${duration(seconds)}`);
  return (
    <div className={classes["group"]}>
      <button type="button" className={classes["control"]} onClick={refresh} aria-label="Refresh">
        <Icon name="refresh" />
      </button>
      <Menu position="bottom-end">
        <Menu.Target>
          <button type="button" className={classes["control"]} aria-label={`Refresh interval: ${word(every)}`}>
            {every === 0 ? "" : duration(every)}
            <Icon name="down" />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          {INTERVALS.map((each) => (
            <Menu.Item key={each} onClick={() => setEvery(each)} aria-current={each === every}>
              {word(each)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
