/** What can be done now: pages put commands here; the palette lists them, the keyboard runs them, `?` explains them. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef } from "react";

export interface Command {
  title: string;
  group: string;
  /** `/`, `j`, `Enter`, `Escape`, `Ctrl K`, `Alt F`; several are alternatives. */
  keys?: string[];
  run: () => void;
  /** Commands for the keyboard only stay out of the palette. */
  quiet?: boolean;
}

export class Commands {
  private readonly sets = new Set<{ current: readonly Command[] }>();

  add(set: { current: readonly Command[] }): () => void {
    this.sets.add(set);
    return () => this.sets.delete(set);
  }

  /** Last added first: a part that opened later has the word. */
  list(): Command[] {
    return [...this.sets].reverse().flatMap((each) => each.current);
  }
}

const Context = createContext(new Commands());

export function CommandsProvider({ children }: { children: ReactNode }): ReactNode {
  const commands = useMemo(() => new Commands(), []);
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing) return;
      const name = keyName(event);
      if (isTyping(event.target) && !name.includes(" ") && name !== "Escape") return;
      if (name === "Enter" && event.target instanceof Element && event.target.closest("button, a, [role=option]") !== null) return;
      const found = commands.list().find((each) => each.keys?.includes(name) === true);
      if (found === undefined) return;
      event.preventDefault();
      found.run();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [commands]);
  return <Context.Provider value={commands}>{children}</Context.Provider>;
}

/** Offers commands while the caller is on the page. */
export function useCommands(list: readonly Command[]): void {
  const commands = useContext(Context);
  const set = useRef(list);
  useEffect(() => {
    set.current = list;
  });
  useEffect(() => commands.add(set), [commands]);
}

export function useCommandList(): () => Command[] {
  const commands = useContext(Context);
  return () => commands.list();
}

function keyName(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key : event.key;
  if (event.ctrlKey || event.metaKey) return `Ctrl ${key.length === 1 ? key.toUpperCase() : key}`;
  if (event.altKey) return `Alt ${key.length === 1 ? key.toUpperCase() : key}`;
  return key;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}
