/** Who the page is to this server; a server without tokens needs no login. */
import { queryOptions } from "@tanstack/react-query";
import { ask, rememberCsrf } from "./client";

export interface Session {
  login_needed: boolean;
  who: string | null;
  scopes: string[];
  indexes: string[];
  csrf: string | null;
  expires: number | null;
}

/** The first token of a server must be able to make the others. */
export const FIRST_TOKEN = "pilotage token create --name me --scopes admin,read,ingest";

/** The command that makes a token once there are some. */
export function tokenCommand(name: string, scopes: string): string {
  return `PILOTAGE_TOKEN=<an admin token> pilotage token create --name ${name} --scopes ${scopes}`;
}

/** Whether the server has no tokens: who is known without a login that ends. */
export function isOpen(session: Pick<Session, "login_needed" | "expires">): boolean {
  return !session.login_needed && session.expires === null;
}

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: async ({ signal }) => remember(await ask<Session>("/api/v1/session", { signal })),
});

export async function login(token: string): Promise<Session> {
  return remember(await ask<Session>("/api/v1/session", { method: "POST", body: { token } }));
}

export async function logout(): Promise<Session> {
  return remember(await ask<Session>("/api/v1/session", { method: "DELETE" }));
}

function remember(session: Session): Session {
  rememberCsrf(session.csrf);
  return session;
}
