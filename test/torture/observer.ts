import { setTimeout as sleep } from "node:timers/promises";
import type { Phase, Run } from "../../packages/coordinator/src/domain/runs/run.ts";
import type { RunView } from "../../packages/coordinator/src/app/runs/operations.ts";
import { endOf, otherEnd, stillOpen, withoutEnd, type End } from "./checks/results.ts";
import type { Staging } from "./checks/sent-again.ts";
import type { World } from "./world/world.ts";

/** Looks at all runs as an operator does, and remembers how each order ended. */
export interface Observer {
  /** Ends that changed afterwards. */
  violations(): readonly string[];
  /** Waits until no run is open; returns what still is after `withinMs`. */
  settled(withinMs: number): Promise<string[]>;
  /** Of all phases, when everything has settled. */
  finish(): Promise<{ faults: string[]; stagings: Staging[]; runs: number; phases: number; failures: Map<string, number> }>;
}

const LOOK_MS = 1_500;
const MOST_RUNS = 9_999;

interface Seen {
  /** When it was last seen not to run, ms. */
  from: number;
  to: number;
  end?: End;
}

/** @param retried Runs whose phases may end in another way than before. */
export function createObserver(world: World, retried: ReadonlySet<string>): Observer {
  const phases = new Map<string, Seen>();
  const ended = new Set<string>();
  const violations: string[] = [];
  let going = true;

  function see(phase: Phase, before: number, now: number): void {
    const seen = phases.get(phase.id) ?? { from: before, to: now };
    phases.set(phase.id, seen);
    const changed = seen.end && !retried.has(phase.run) ? otherEnd(seen.end, phase) : undefined;
    if (changed !== undefined) violations.push(changed);
    const end = endOf(phase);
    if (phase.state === "waiting" && phase.wireBytes === 0) seen.from = before;
    if (!seen.end || phase.epoch > seen.end.epoch) seen.to = now;
    if (end) seen.end = end;
    else delete seen.end;
  }

  /** When the last look that has ended began: what it did not show may have begun at any moment since. */
  let lastLook = Date.now();
  async function look(which: "open" | "all"): Promise<RunView[]> {
    const [before, began] = [lastLook, Date.now()];
    const runs = await world.api<Run[]>(`/api/v1/runs?limit=${MOST_RUNS}`);
    const views: RunView[] = [];
    // One that had ended is open again when it is retried.
    for (const { id } of runs.filter((run) => which === "all" || run.endedAt === undefined || !ended.has(run.id))) {
      const view = await world.api<RunView>(`/api/v1/runs/${id}`);
      for (const phase of view.phases) see(phase, before, Date.now());
      if (view.run.endedAt !== undefined) ended.add(id);
      views.push(view);
    }
    lastLook = Math.max(lastLook, began);
    return views;
  }

  const watching = (async () => {
    while (going) {
      // While the coordinator is down there is nothing to see.
      await look("open").catch(() => {});
      await sleep(LOOK_MS);
    }
  })();

  return {
    violations: () => violations,
    async settled(withinMs) {
      const until = Date.now() + withinMs;
      for (;;) {
        const open = await look("open").then(
          (views) => views.flatMap(stillOpen),
          (error: unknown) => [String(error)],
        );
        if (open.length === 0 || Date.now() > until) return open;
        await sleep(LOOK_MS);
      }
    },
    async finish() {
      going = false;
      await watching;
      const views = await look("all");
      const all = views.flatMap((view) => view.phases);
      const failures = new Map<string, number>();
      for (const { outcome } of all) if (outcome?.kind === "failed") failures.set(outcome.code, (failures.get(outcome.code) ?? 0) + 1);
      return {
        faults: all.flatMap((phase) => withoutEnd(phase) ?? []),
        stagings: all.flatMap((phase) => (phase.task === "stage" ? [{ ...phase, ...spanOf(phase.id) }] : [])),
        runs: views.length,
        phases: all.length,
        failures,
      };
    },
  };

  function spanOf(id: string): { from: number; to: number } {
    const { from = 0, to = Infinity } = phases.get(id) ?? {};
    return { from, to };
  }
}
