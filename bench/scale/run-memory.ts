import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { DEFAULT_OPTIONS } from "@sitewright/protocol";
import { createBoardMemory, type BoardMemory } from "../../packages/coordinator/src/app/runs/board-memory.ts";
import type { Phase, Run } from "../../packages/coordinator/src/domain/runs/run.ts";
import { assignmentsIn } from "../../packages/coordinator/src/domain/runs/selection.ts";
import { pageOfRows } from "../../packages/coordinator/src/domain/runs/table/pages.ts";
import { finish } from "../../packages/coordinator/src/domain/slices.ts";
import type { Case } from "../case.ts";
import { compare, oursAtMost } from "../measure.ts";
import { largeHierarchy, plannedOn } from "./hierarchy.ts";

const SYSTEMS = 500;
const PACKAGES = 500;
/** Phases that change, to measure what a change costs. */
const CHANGES = 50_000;
const GOAL_BYTES = 400;
const GOAL_PAGE_MS = 50;

const RUN: Run = { id: "run", kind: "rebuild", state: "running", options: DEFAULT_OPTIONS, createdAt: 1, problems: [] };

interface Round {
  /** Bytes of a phase, with all that finds and counts it. */
  bytes: number;
  /** Microseconds. */
  keep: number;
  change: number;
  /** ms. */
  page: number;
}

export const runMemory: Case = {
  name: "run-memory",
  about: `a rebuild of ${PACKAGES} packages on ${SYSTEMS} systems, read back as after a restart: memory of a phase, time to keep and to change it, and a page of what failed`,
  goal: `<= ${GOAL_BYTES} bytes a phase, a page in <= ${GOAL_PAGE_MS} ms`,
  async run({ rounds: count, scale, say }) {
    const rounds = Array.from({ length: count }, () => {
      const round = measured(Math.ceil(SYSTEMS / scale));
      say(`${round.bytes.toFixed(0)} bytes a phase, a page in ${round.page.toFixed(1)} ms`);
      return round;
    });
    const none = rounds.map(() => 0);
    const last = rounds.at(-1);
    return {
      measures: [
        compare(
          { what: "memory of a phase", unit: "bytes" },
          rounds.map(({ bytes }) => bytes),
          none,
          oursAtMost(GOAL_BYTES),
        ),
        compare(
          { what: "page of what failed", unit: "s" },
          rounds.map(({ page }) => page / 1000),
          none,
          oursAtMost(GOAL_PAGE_MS / 1000),
        ),
      ],
      facts: [`a phase is kept in ${last?.keep.toFixed(1)} us, and changed in ${last?.change.toFixed(1)} us`],
    };
  },
};

function measured(systems: number): Round {
  const phases = planned(systems);
  const { length } = phases;
  const before = used();
  const memory = createBoardMemory();
  memory.keepRun(RUN);
  const kept = timed(() => {
    for (const phase of phases) memory.keep(JSON.parse(phase) as Phase);
  });
  const bytes = (used() - before) / length;
  const changed = timed(() => change(memory, phases.slice(0, CHANGES)));
  const table = memory.table(RUN.id);
  const page = timed(() => table && finish(pageOfRows(table.rows, { state: "failed", text: "abc0001" }, { limit: 100, after: 0 })));
  return { bytes, keep: (kept / length) * 1000, change: (changed / CHANGES) * 1000, page };
}

/** As the run store has them: nothing of one is shared with another. */
function planned(systems: number): string[] {
  const large = largeHierarchy(systems, PACKAGES);
  const phases = plannedOn(large, finish(assignmentsIn(large.hierarchy, large.servedBy, large.wanted)), RUN);
  return finish(phases).map((phase) => JSON.stringify(phase));
}

function change(memory: BoardMemory, phases: readonly string[]): void {
  for (const phase of phases) memory.keep({ ...(JSON.parse(phase) as Phase), state: "running", startedAt: 1 });
}

/** ms. */
function timed(work: () => unknown): number {
  const begun = performance.now();
  work();
  return performance.now() - begun;
}

/** Bytes in use, after a collection. */
function used(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
