import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const source = { resolve: { conditions: ["@sitewright/source"] }, ssr: { resolve: { conditions: ["@sitewright/source", "node"] } } };

/** In a fresh clone nothing tells how long a file takes, and one of these would be left alone at the end. */
const LONGEST = [
  "packages/agent/src/adapters/disk/roots/root-probe.test.ts",
  "packages/expert/src/domain/checks/knowledge.test.ts",
  "test/torture.test.ts",
  "test/large-trees.test.ts",
  "test/shares.test.ts",
  "test/power-cut.test.ts",
  "test/clients.test.ts",
  "test/agent-crash-points.test.ts",
].map((path) => join(import.meta.dirname, path));

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST.indexOf(moduleId);
      return at === -1 ? LONGEST.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}

export default defineConfig({
  test: {
    pool: "forks",
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        ...source,
        test: {
          name: "unit",
          include: [
            "packages/*/src/**/*.test.ts",
            "packages/coordinator/ui/src/**/*.test.ts",
            "test/torture/**/*.test.ts",
            "simulation/*.test.ts",
          ],
          testTimeout: 60_000,
          // Awaited events take longer on a shared machine.
          expect: { poll: { timeout: 20_000 } },
          // They mostly wait: for sockets, disks and clocks.
          maxWorkers: 3,
          // A process per file costs half a second; tests leave nothing behind in the shared one.
          isolate: false,
          // Their threads and processes run the sources: each would compile them again.
          env: { NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules/.cache/compile") },
          execArgv: ["--conditions=@sitewright/source"],
        },
      },
      {
        ...source,
        test: {
          name: "system",
          include: ["test/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 20_000 } },
          // Each starts half a dozen processes, which mostly wait for each other.
          maxWorkers: 4,
          isolate: false,
          sequence: { groupOrder: 1 },
          execArgv: ["--conditions=@sitewright/source"],
        },
      },
      {
        ...source,
        test: {
          name: "packages",
          include: ["test/packages/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
          execArgv: ["--conditions=@sitewright/source"],
        },
      },
      {
        ...source,
        test: {
          name: "windows",
          include: ["test/windows/*.test.ts"],
          globalSetup: "test/support/windows/global-setup.ts",
          testTimeout: 300_000,
          hookTimeout: 180_000,
          expect: { poll: { timeout: 20_000 } },
          // They share one Windows.
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
          execArgv: ["--conditions=@sitewright/source"],
        },
      },
    ],
  },
});
