/** The login of a server that has tokens: the token goes to the server once, the browser keeps only an HttpOnly cookie. */
import { Button, PasswordInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { login, sessionQuery, tokenCommand } from "@/api/session";
import classes from "./Login.module.css";
import { ProblemNotice } from "./ProblemNotice";

export function Login(): ReactNode {
  const queries = useQueryClient();
  const [token, setToken] = useState("");
  const attempt = useMutation({
    mutationFn: login,
    onSuccess: (session) => {
      // What another user saw is forgotten; the session itself is watched by the shell and only changes.
      queries.removeQueries({ predicate: (each) => each.queryKey[0] !== sessionQuery.queryKey[0] });
      queries.setQueryData(sessionQuery.queryKey, session);
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    attempt.mutate(token);
  };
  return (
    <main id="content" className={classes["page"]}>
      <form className={classes["form"]} onSubmit={submit}>
        <h1>Pilotage</h1>
        <p>This server asks for an access token with the scope “read”: the one its first command printed, or another that who runs it makes with</p>
        <pre>{tokenCommand("me", "read")}</pre>
        <PasswordInput label="Access token" autoComplete="current-password" value={token} onChange={(event) => setToken(event.currentTarget.value)} />
        {attempt.error !== null && <ProblemNotice error={attempt.error} />}
        <Button type="submit" loading={attempt.isPending} disabled={token === ""}>
          Log in
        </Button>
      </form>
    </main>
  );
}
