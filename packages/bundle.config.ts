import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";
import { expertData } from "./expert-data.ts";

/** Programs by package: their entry, and the worker files that they start from beside it. */
export const PROGRAMS: Record<string, readonly string[]> = {
  agent: ["main.ts", "adapters/disk/disk-worker.ts", "adapters/fetch/fetch-worker.ts", "adapters/peers/peer-worker.ts"],
  coordinator: [
    "cli/main.ts",
    "adapters/content-index/index-worker.ts",
    "adapters/content-threads/content-worker.ts",
    "adapters/site-data/yaml-worker.ts",
  ],
};

/**
 * V8 keeps the text of a program in memory, twice as long if one character is beyond Latin-1. So comments are left out, and such characters,
 * which are in strings alone then, are written as escapes.
 */
export const compactText: Plugin = {
  name: "compact-text",
  outputOptions: (options) => ({ ...options, comments: false }),
  generateBundle(_, bundle) {
    for (const chunk of Object.values(bundle))
      if (chunk.type === "chunk")
        chunk.code = chunk.code.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  },
};

/**
 * `vite build --config packages/bundle.config.ts --mode PACKAGE`: a program with all of its packages in a few files. Finding and linking
 * the thousand files of the packages takes longer than most runs of a program.
 */
export default defineConfig(({ mode }) => {
  const folder = join(import.meta.dirname, mode);
  const input = (PROGRAMS[mode] ?? []).map((file) => join(folder, "src", file));
  return {
    root: folder,
    publicDir: false,
    plugins: [expertData, compactText],
    // Loaders of native code search relative to their own file.
    ssr: {
      noExternal: true,
      external: ["koffi", "@napi-rs/blake-hash"],
      resolve: { conditions: ["@sitewright/source", "node", "module"] },
    },
    build: {
      ssr: true,
      outDir: "dist/bundle",
      emptyOutDir: true,
      target: "node24",
      minify: false,
      rolldownOptions: { input, output: { entryFileNames: "[name].js", chunkFileNames: "[name].js" } },
    },
  };
});
