/** The page's name, its range and zone, refresh, the palette's door and the theme. */
import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { logout, sessionQuery } from "@/api/session";
import { Icon } from "./Icon";
import { setPreferences } from "./preferences";
import { RefreshControl } from "./RefreshControl";
import { TimeRange } from "./TimeRange";
import classes from "./TopBar.module.css";
import { ZoneChoice } from "./ZoneChoice";

interface TopBarProps {
  title: string;
  ranged: boolean;
  onPalette: () => void;
}

export function TopBar({ title, ranged, onPalette }: TopBarProps): ReactNode {
  return (
    <header className={classes["bar"]}>
      <h1 className={classes["title"]}>{title}</h1>
      <button type="button" className={classes["palette"]} onClick={onPalette}>
        <Icon name="search" />
        <span>Do or go to…</span>
        <kbd>Ctrl K</kbd>
      </button>
      <div className={classes["right"]}>
        {ranged && <TimeRange />}
        <ZoneChoice />
        <RefreshControl />
        <ThemeChoice />
        <Account />
      </div>
    </header>
  );
}

function ThemeChoice(): ReactNode {
  const dark = (): boolean => document.documentElement.getAttribute("data-mantine-color-scheme") === "dark";
  return (
    <Tooltip label="Dark or light">
      <ActionIcon aria-label="Switch between dark and light" onClick={() => setPreferences({ theme: dark() ? "light" : "dark" })}>
        <Icon name="moon" />
      </ActionIcon>
    </Tooltip>
  );
}

function Account(): ReactNode {
  const { data } = useQuery(sessionQuery);
  const queries = useQueryClient();
  if (data === undefined || data.csrf === null) return null;
  const leave = async (): Promise<void> => {
    queries.setQueryData(sessionQuery.queryKey, await logout());
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon aria-label={`Logged in as ${data.who ?? "?"}`}>
          <Icon name="user" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{data.who}</Menu.Label>
        <Menu.Item onClick={() => void leave()}>Log out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
