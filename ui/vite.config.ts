/** Builds the page into the Python package; `npm run dev` serves it with the API of a running server (PILOTAGE_URL). */
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { budget } from "./build/budget.ts";
import { compressed } from "./build/compressed.ts";
import { firstPaint } from "./build/firstpaint.ts";

const SERVER = process.env["PILOTAGE_URL"] ?? "http://127.0.0.1:4318";

export default defineConfig({
  plugins: [react(), firstPaint(), budget(), compressed()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: fileURLToPath(new URL(process.env["PILOTAGE_UI_OUT"] ?? "../src/pilotage/api/static", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
    // A script or style as a data: address would need a hole in the Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: { "/api": { target: SERVER, changeOrigin: false }, "/openapi.json": SERVER, "/v1": SERVER } },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
