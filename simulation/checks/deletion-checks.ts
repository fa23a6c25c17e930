import { targetKey, type Deletion } from "../../packages/coordinator/src/domain/deletion/deletion.ts";
import { phasesOfTarget } from "../../packages/coordinator/src/domain/deletion/deletion-plan.ts";
import { OPEN } from "../../packages/coordinator/src/domain/runs/phase.ts";
import type { Phase } from "../../packages/coordinator/src/domain/runs/run.ts";
import type { Core } from "../../packages/coordinator/src/wiring/core.ts";
import type { Violations } from "./violations.ts";

/** From the first sight of an order of what is deleted to its end, ms: the coordinator looks every 10 s, and an agent gets as long to confirm. */
const DRAINED_MS = { waiting: 12_000, underWay: 22_000 };

export interface DeletionChecks {
  /** @param phases As stored. @param isCurrent Redis has what the coordinator has. */
  look(deleted: readonly Deletion[], phases: Iterable<Phase>, isCurrent: boolean): void;
  /** Another coordinator: it may learn of a deletion late. */
  restarted(): void;
}

export function createDeletionChecks(now: () => number, violations: Violations): DeletionChecks {
  /** By attempt of an order of what is deleted: since when it is known. */
  let since = new Map<string, number>();

  return {
    look(deleted, phases, isCurrent) {
      const open = [...phases].filter(({ state }) => OPEN.includes(state));
      const left = isCurrent ? deleted.flatMap(({ target }) => phasesOfTarget(target, open)) : [];
      since = new Map(left.map(({ id, epoch }) => [`${id} ${epoch}`, since.get(`${id} ${epoch}`) ?? now()]));
      for (const { id, epoch, state, task, unit, system } of left)
        if (now() - (since.get(`${id} ${epoch}`) ?? 0) > DRAINED_MS[state === "waiting" ? "waiting" : "underWay"])
          violations.note("what is deleted has no orders", `${task} of ${unit.name} on ${system} is ${state}`);
    },
    restarted: () => since.clear(),
  };
}

/** What the ledger decides, as one coordinator knows it. */
export function decidedIn({ deletions, recoveries }: Core): string {
  const deleted = deletions.list().map(({ target }) => targetKey(target));
  const recovered = recoveries.list().map(({ id, state }) => `${id} ${state}`);
  return [...deleted, ...recovered].toSorted((a, b) => (a < b ? -1 : 1)).join(", ");
}
