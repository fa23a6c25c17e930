import { defaultClientConditions, defineConfig } from "vite";

/** For `vite` alone: the coordinator that the pages ask; it sees requests of its own origin. */
const target = process.env.SITEWRIGHT_URL ?? "http://127.0.0.1:7400";

export default defineConfig({
  root: import.meta.dirname,
  resolve: { conditions: ["@sitewright/source", ...defaultClientConditions] },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../dist/ui",
    emptyOutDir: true,
    target: ["chrome123", "firefox121", "safari17.5"],
    // The content security policy admits files of our own origin only: nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/api": { target, changeOrigin: true, headers: { origin: target } } } },
});
