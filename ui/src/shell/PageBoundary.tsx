/** What a page that failed to draw becomes: one sentence and a way back, while rail, top bar and the other pages stay alive. */
import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Component, type ReactNode } from "react";
import { Link, useLocation } from "react-router";
import { problem, problemOf } from "@/api/problem";
import { sessionQuery } from "@/api/session";
import { pages } from "./page";
import { Notice } from "./ProblemNotice";
import classes from "./PageBoundary.module.css";

interface BoundaryProps {
  children: ReactNode;
  /** Called before the page is drawn anew. */
  onRetry: () => void;
}

interface BoundaryState {
  error: unknown;
  failed: boolean;
  tries: number;
}

class Boundary extends Component<BoundaryProps, BoundaryState> {
  override state: BoundaryState = { error: null, failed: false, tries: 0 };

  static getDerivedStateFromError(error: unknown): Partial<BoundaryState> {
    return { error, failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return <Broken error={this.state.error} onRetry={this.retry} />;
  }

  private readonly retry = (): void => {
    // A part of the page that did not load is not asked for again by drawing: the second time all of it is loaded anew.
    if (this.state.tries > 0) window.location.reload();
    this.props.onRetry();
    this.setState(({ tries }) => ({ error: null, failed: false, tries: tries + 1 }));
  };
}

/** Around the page; another address begins without the fault, a retry without the data that may be it. */
export function PageBoundary({ children }: { children: ReactNode }): ReactNode {
  const { pathname } = useLocation();
  const queries = useQueryClient();
  const forget = (): void => queries.removeQueries({ predicate: (each) => each.queryKey[0] !== sessionQuery.queryKey[0] });
  return (
    <Boundary key={pathname} onRetry={forget}>
      {children}
    </Boundary>
  );
}

function Broken({ error, onRetry }: { error: unknown; onRetry: () => void }): ReactNode {
  const { sentence } = problemOf(error);
  return (
    <div className={classes["broken"]}>
      <Notice tone="critical" problem={problem("page-error", `this page could not be shown: ${sentence}`, "the other pages go on working")} onRetry={onRetry} />
    </div>
  );
}

/** When the shell itself fails: outside of everything, so only the whole page can be loaded again. */
export function Crashed(): ReactNode {
  return (
    <main id="content" className={classes["alone"]} role="alert">
      <h1>Pilotage</h1>
      <p>The page failed and cannot go on. Your data are not touched.</p>
      <Button onClick={() => window.location.reload()}>Load it again</Button>
    </main>
  );
}

/** An address that no page has. */
export function NoSuchPage(): ReactNode {
  const { pathname } = useLocation();
  const first = pages[0];
  return (
    <div className={classes["alone"]} role="status">
      <h2>There is no such page</h2>
      <p>
        No page has the address <code>{pathname}</code>.
      </p>
      {first !== undefined && (
        <Button component={Link} to={first.path}>
          Go to {first.title}
        </Button>
      )}
    </div>
  );
}
