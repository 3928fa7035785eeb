/** Puts `build/firstpaint.js` into the page under a hashed name, as a blocking script of our own origin: no inline script, no flash. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

const SOURCE = new URL("./firstpaint.js", import.meta.url);

export function firstPaint(): Plugin {
  const text = readFileSync(SOURCE, "utf8");
  const name = `assets/firstpaint-${createHash("sha256").update(text).digest("hex").slice(0, 8)}.js`;
  return {
    name: "first-paint",
    configureServer(server) {
      server.middlewares.use(`/${name}`, (_request, response) => {
        response.setHeader("content-type", "text/javascript");
        response.end(text);
      });
    },
    generateBundle() {
      this.emitFile({ type: "asset", fileName: name, source: text });
    },
    transformIndexHtml: () => [{ tag: "script", attrs: { src: `/${name}` }, injectTo: "head-prepend" }],
  };
}
