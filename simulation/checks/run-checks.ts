import { unitKey } from "@sitewright/protocol";
import type { Core } from "../../packages/coordinator/src/wiring/core.ts";
import type { Violations } from "./violations.ts";

/** A phase has a reason to wait after this long at the latest, ms. */
const NAMELESS_MS = 5_000;
/** Looks. */
const DIFFERING = 3;

export interface RunChecks {
  /** Looks at all open runs, as an operator's page does. @param open Their ids. @param isCurrent Redis has what the coordinator has. */
  look(core: Core, open: readonly string[], isCurrent: boolean): Promise<void>;
  /** Another coordinator: it learns the reasons again. */
  restarted(): void;
}

export function createRunChecks(now: () => number, violations: Violations): RunChecks {
  /** By phase: since when it waits without a reason. */
  const nameless = new Map<string, number>();
  /** Looks in a row in which they differed: a change that is being stored may explain one. */
  let differed = 0;

  function compare(counters: Readonly<Record<string, number>>, counted: Readonly<Record<string, number>>): void {
    const wrong = Object.entries(counters).find(([state, count]) => (counted[state] ?? 0) !== count);
    differed = wrong ? differed + 1 : 0;
    if (wrong && differed >= DIFFERING)
      violations.note("counters equal a recount", `${wrong[0]}: ${wrong[1]} by the counters, ${counted[wrong[0]] ?? 0} by a recount`);
  }

  return {
    async look(core, open, isCurrent) {
      const counters: Record<string, number> = { ...core.figures().phases };
      const counted: Record<string, number> = {};
      for (const id of open) {
        const { phases, totals } = await core.operations.run(id);
        const { totals: kept } = await core.operations.pages.summary(id);
        for (const [name, value] of Object.entries(kept)) {
          if (typeof value !== "number") continue;
          counters[`${name} of ${id}`] = value;
          counted[`${name} of ${id}`] = (totals as unknown as Record<string, number>)[name] ?? 0;
        }
        for (const { state } of phases) counted[state] = (counted[state] ?? 0) + 1;
        for (const { id: phase, state, waitingFor, task, unit, system } of phases) {
          // Without Redis no order can be released, and none is judged.
          if (state !== "waiting" || waitingFor !== undefined || !isCurrent) nameless.delete(phase);
          else if (now() - (nameless.get(phase) ?? now()) > NAMELESS_MS)
            violations.note("what waits has a reason", `${task} of ${unitKey(unit)} on ${system}`);
          else if (!nameless.has(phase)) nameless.set(phase, now());
        }
      }
      if (isCurrent) compare(counters, counted);
      else differed = 0;
    },
    restarted() {
      nameless.clear();
      differed = 0;
    },
  };
}
