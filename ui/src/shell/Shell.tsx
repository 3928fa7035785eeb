/** Rail, top bar and the page between them; asks for a login when the server wants one. */
import { Skeleton } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, Suspense, useEffect, useState } from "react";
import { Outlet, useLocation, useNavigate } from "react-router";
import { onLoginNeeded } from "@/api/client";
import { sessionQuery } from "@/api/session";
import { CommandPalette } from "./CommandPalette";
import { type Command, useCommands } from "./commands";
import { Login } from "./Login";
import { pages } from "./page";
import { PageBoundary } from "./PageBoundary";
import { setPreferences, usePreferences } from "./preferences";
import { Rail } from "./Rail";
import { useRefresh } from "./refresh";
import classes from "./Shell.module.css";
import { ShortcutSheet } from "./ShortcutSheet";
import { TopBar } from "./TopBar";

type Asked = "palette" | "shortcuts" | null;

export function Shell(): ReactNode {
  const [asked, setAsked] = useState<Asked>(null);
  const session = useQuery(sessionQuery);
  const queries = useQueryClient();
  const { pathname } = useLocation();
  const page = pages.find((each) => each.path === pathname);
  useEffect(() => onLoginNeeded(() => void queries.invalidateQueries({ queryKey: ["session"] })), [queries]);
  useEffect(() => {
    document.title = page === undefined ? "Pilotage" : `${page.title} · Pilotage`;
  }, [page]);
  useCommands(useShellCommands(setAsked));
  if (session.data?.login_needed === true) return <Login />;
  return (
    <div className={classes["shell"]}>
      <a className={classes["skip"]} href="#content">
        Skip to content
      </a>
      <Rail />
      <div className={classes["main"]}>
        <TopBar title={page?.title ?? "Pilotage"} ranged={page?.ranged ?? false} onPalette={() => setAsked("palette")} />
        <main id="content" className={classes["content"]} tabIndex={-1}>
          <PageBoundary>
            <Suspense fallback={<Skeleton className={classes["waiting"]} radius={0} />}>
              {/* Before the session is known, a search would be sent without its CSRF value. */}
              {session.isPending ? <Skeleton className={classes["waiting"]} radius={0} /> : <Outlet />}
            </Suspense>
          </PageBoundary>
        </main>
      </div>
      <CommandPalette opened={asked === "palette"} onClose={() => setAsked(null)} />
      <ShortcutSheet opened={asked === "shortcuts"} onClose={() => setAsked(null)} />
    </div>
  );
}

function useShellCommands(setAsked: (asked: Asked) => void): Command[] {
  const go = useNavigate();
  const { theme } = usePreferences();
  const { refresh } = useRefresh();
  return [
    { title: "Open the command palette", group: "Page", keys: ["Ctrl K"], quiet: true, run: () => setAsked("palette") },
    { title: "List the keys", group: "Page", keys: ["?"], run: () => setAsked("shortcuts") },
    { title: "Refresh", group: "Page", keys: ["r"], run: refresh },
    ...pages.map((each) => ({ title: `Go to ${each.title}`, group: "Pages", run: () => void go(each.path) })),
    ...(["dark", "light", "system"] as const)
      .filter((each) => each !== theme)
      .map((each) => ({ title: `Theme: ${each}`, group: "Page", run: () => setPreferences({ theme: each }) })),
  ];
}
