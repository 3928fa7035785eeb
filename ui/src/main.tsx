/** The page's beginning: tokens, Mantine in our colours, the data client, the addresses. */
import "@mantine/core/styles.css";
import "./theme/tokens.css";
import "./theme/base.css";
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createBrowserRouter, Navigate, RouterProvider } from "react-router";
import { ProblemError } from "./api/problem";
import { CommandsProvider } from "./shell/commands";
import { pages } from "./shell/page";
import { Crashed, NoSuchPage } from "./shell/PageBoundary";
import { RefreshProvider } from "./shell/refresh";
import { Shell } from "./shell/Shell";
import { Themed } from "./shell/Themed";
import { styleNonce, theme, variables } from "./theme/mantine";

const client = new QueryClient({
  defaultOptions: {
    queries: {
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < 2 && !(error instanceof ProblemError),
    },
  },
});

const first = pages[0]?.path ?? "/";
const router = createBrowserRouter([
  {
    element: <Shell />,
    errorElement: <Crashed />,
    children: [
      { path: "/", element: <Navigate to={first} replace /> },
      ...pages.map(({ path, Body }) => ({ path, element: <Body /> })),
      { path: "*", element: <NoSuchPage /> },
    ],
  },
]);

const root = document.getElementById("root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} cssVariablesResolver={variables} getStyleNonce={styleNonce} defaultColorScheme="dark">
        <Themed>
          <QueryClientProvider client={client}>
            <CommandsProvider>
              <RefreshProvider>
                <RouterProvider router={router} />
              </RefreshProvider>
            </CommandsProvider>
          </QueryClientProvider>
        </Themed>
      </MantineProvider>
    </StrictMode>,
  );
}
