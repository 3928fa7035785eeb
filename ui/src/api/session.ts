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
