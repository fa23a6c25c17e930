import { defineConfig } from "vitest/config";

const source = { resolve: { conditions: ["@sitewright/source"] }, ssr: { resolve: { conditions: ["@sitewright/source", "node"] } } };

export default defineConfig({
  test: {
    pool: "forks",
    projects: [
      {
        ...source,
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.ts", "packages/coordinator/ui/src/**/*.test.ts"],
          testTimeout: 20_000,
          execArgv: ["--conditions=@sitewright/source"],
        },
      },
      {
        ...source,
        test: {
          name: "system",
          include: ["test/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          execArgv: ["--conditions=@sitewright/source"],
        },
      },
    ],
  },
});
