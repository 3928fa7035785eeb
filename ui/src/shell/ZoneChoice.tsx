/** The zone in which times are shown: always visible, part of the address. */
import { Menu } from "@mantine/core";
import type { ReactNode } from "react";
import { zoneName } from "@/time/zone";
import { useZone } from "./address";
import classes from "./TopBar.module.css";

const OFFERED = ["UTC", "local", "Europe/London", "Europe/Berlin", "America/New_York", "America/Los_Angeles", "Asia/Kolkata", "Asia/Tokyo"];

export function ZoneChoice(): ReactNode {
  const [zone, setZone] = useZone();
  const word = (each: string): string => (each === "local" ? `Local (${zoneName("local")})` : each);
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <button type="button" className={classes["control"]} aria-label={`Time zone: ${word(zone)}`}>
          {zone === "local" ? "Local" : zone}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Times are shown in</Menu.Label>
        {OFFERED.map((each) => (
          <Menu.Item key={each} onClick={() => setZone(each)} aria-current={each === zone}>
            {word(each)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
