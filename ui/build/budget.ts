/** Refuses a build whose first scripts are too heavy: the entry and everything it imports at once, gzipped. */
import { gzipSync } from "node:zlib";
import type { Plugin, Rolldown } from "vite";

const MOST_BYTES = 350_000;

export function budget(): Plugin {
  return {
    name: "budget",
    apply: "build",
    generateBundle(_options, bundle) {
      const chunks = new Map<string, Rolldown.OutputChunk>();
      for (const each of Object.values(bundle)) if (each.type === "chunk") chunks.set(each.fileName, each);
      const initial = new Set<string>();
      const visit = (name: string): void => {
        if (initial.has(name) || !chunks.has(name)) return;
        initial.add(name);
        chunks.get(name)?.imports.forEach(visit);
      };
      for (const each of chunks.values()) if (each.isEntry) visit(each.fileName);
      const size = [...initial].reduce((sum, name) => sum + gzipSync(chunks.get(name)?.code ?? "").length, 0);
      this.info(`initial scripts: ${(size / 1000).toFixed(0)} kB gzipped of ${MOST_BYTES / 1000}`);
      if (size > MOST_BYTES) this.error(`initial scripts are ${size} bytes gzipped, may be ${MOST_BYTES}: load something lazily`);
    },
  };
}
