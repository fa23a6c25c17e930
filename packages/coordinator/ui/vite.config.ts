import { defaultClientConditions, defineConfig } from "vite";
import { expertData } from "../../expert-data.ts";

/** For `vite` alone: the coordinator that the pages use; it sees requests of its own origin. */
const target = process.env.SITEWRIGHT_URL ?? "http://127.0.0.1:7400";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [expertData],
  resolve: { conditions: ["@sitewright/source", ...defaultClientConditions] },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../dist/ui",
    emptyOutDir: true,
    target: ["chrome123", "firefox121", "safari17.5"],
    // The content security policy admits only files of the same origin: nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The expert's data are checked during the build: that takes a second, without a warning.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  server: { proxy: { "/api": { target, changeOrigin: true, headers: { origin: target } } } },
});
