import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const source = { resolve: { conditions: ["@sitewright/source"] }, ssr: { resolve: { conditions: ["@sitewright/source", "node"] } } };

/** In a fresh clone nothing tells how long a file takes; those that take longest begin first, so that none of them is left alone at the end. */
const LONGEST = [
  "test/torture.test.ts",
  "test/large-trees.test.ts",
  "test/proof.test.ts",
  "test/clients.test.ts",
  "test/power-cut.test.ts",
  "test/neighbours.test.ts",
  "test/shares.test.ts",
  "test/single-executable.test.ts",
  "packages/agent/src/adapters/disk/every-operation.test.ts",
  "packages/coordinator/src/adapters/redis/server/redis-kinds.test.ts",
  "packages/expert/src/domain/checks/knowledge.test.ts",
  "packages/agent/src/adapters/disk/switch/link-swap.test.ts",
  "packages/agent/src/adapters/disk/roots/root-probe.test.ts",
].map((path) => join(import.meta.dirname, path));

/** A process is shared by consecutive files of one project. Unit tests are short: as the last ones they leave no processor idle. */
const ORDER = ["packages", "system", "unit"];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ moduleId, project }: TestSpecification): number => {
      const at = LONGEST.indexOf(moduleId);
      return ORDER.indexOf(project.name) * 100 + (at === -1 ? LONGEST.length : at);
    };
    const sorted = (await super.sort(files)).toSorted((a, b) => rankOf(a) - rankOf(b));
    return spread(
      sorted.filter(({ project }) => project.name === "windows"),
      sorted.filter(({ project }) => project.name !== "windows"),
    );
  }
}

/** Tests on Windows share one: so few of them run at once if others, which take as long, are between them. */
function spread(few: TestSpecification[], many: TestSpecification[]): TestSpecification[] {
  const between = 6;
  return [...many.flatMap((file, i) => (i % between === 0 ? [...few.splice(0, 1), file] : [file])), ...few];
}

/** Files at once, on however many processors: they mostly wait, for sockets, disks, clocks and each other. */
const AT_ONCE = 5;

export default defineConfig({
  test: {
    pool: "forks",
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        ...source,
        test: {
          name: "unit",
          maxWorkers: AT_ONCE,
          include: [
            "packages/*/src/**/*.test.ts",
            "packages/coordinator/ui/src/**/*.test.ts",
            "test/torture/**/*.test.ts",
            "simulation/*.test.ts",
          ],
          testTimeout: 60_000,
          // Awaited events take longer on a shared machine.
          expect: { poll: { timeout: 20_000 } },
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
          maxWorkers: AT_ONCE,
          include: ["test/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 60_000 } },
          isolate: false,
          execArgv: ["--conditions=@sitewright/source"],
        },
      },
      {
        ...source,
        test: {
          name: "packages",
          maxWorkers: AT_ONCE,
          include: ["test/packages/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          execArgv: ["--conditions=@sitewright/source"],
        },
      },
      {
        ...source,
        test: {
          name: "windows",
          maxWorkers: AT_ONCE,
          include: ["test/windows/*.test.ts"],
          globalSetup: "test/support/windows/global-setup.ts",
          testTimeout: 300_000,
          hookTimeout: 180_000,
          expect: { poll: { timeout: 60_000 } },
          execArgv: ["--conditions=@sitewright/source"],
        },
      },
    ],
  },
});
