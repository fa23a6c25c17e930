import { join } from "node:path";
import { defineConfig } from "vite";
import { expertData } from "./expert-data.ts";

/** Programs by package: their entry, and the worker files that they start from beside it. */
const PROGRAMS: Record<string, readonly string[]> = {
  agent: ["main.ts", "adapters/disk/disk-worker.ts", "adapters/fetch/fetch-worker.ts", "adapters/peers/peer-worker.ts"],
  coordinator: [
    "cli/main.ts",
    "adapters/content-index/index-worker.ts",
    "adapters/content-threads/content-worker.ts",
    "adapters/site-data/yaml-worker.ts",
  ],
};

/**
 * `vite build --config packages/bundle.config.ts --mode PACKAGE`: a program with all of its packages in a few files. To find and link the
 * thousand files that they come in takes longer than what most calls of a program do.
 */
export default defineConfig(({ mode }) => {
  const folder = join(import.meta.dirname, mode);
  const input = (PROGRAMS[mode] ?? []).map((file) => join(folder, "src", file));
  return {
    root: folder,
    publicDir: false,
    plugins: [expertData],
    // What loads compiled code looks for it from its own place.
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
