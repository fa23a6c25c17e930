import { compareGenerations, formatGeneration, type Generation } from "@sitewright/protocol";
import { highestGeneration, isCredible, nextGeneration } from "../../domain/sites/generation.ts";
import type { Log } from "../log.ts";
import type { Clock } from "../ports/clock.ts";
import type { RunStore } from "../ports/runs.ts";

/** The highest generation that was ordered or credibly stated. */
export interface Generations {
  load(): Promise<void>;
  /** A generation that was given to an order. */
  ordered(generation: Generation | undefined): void;
  /** What an agent states about generations counts only as far as it is plausible. */
  stated(system: string, generations: readonly (Generation | undefined)[]): void;
  /** Above everything ordered or credibly stated; stored before it is used. */
  next(): Promise<Generation>;
}

export interface GenerationsDeps {
  runStore: Pick<RunStore, "highestOrdered" | "setHighestOrdered">;
  clock: Clock;
  log: Log;
}

export function createGenerations({ runStore, clock, log }: GenerationsDeps): Generations {
  let highest: Generation | undefined;

  function ordered(generation: Generation | undefined): void {
    highest = highestGeneration([highest, generation]);
  }

  function stated(system: string, generations: readonly (Generation | undefined)[]): void {
    const top = highestGeneration(generations);
    if (top && (!highest || compareGenerations(top, highest) > 0) && !isCredible(top, clock() * 1000)) {
      log.warn(
        { system, stated: formatGeneration(top) },
        "the agent states a generation that no coordinator can have ordered by now: it is set aside, see 'Generations that are too high' in docs/operations.md",
      );
    }
    const now = clock() * 1000;
    ordered(highestGeneration(generations.filter((one) => one && isCredible(one, now))));
  }

  return {
    async load() {
      ordered(await runStore.highestOrdered());
    },
    ordered,
    stated,
    async next() {
      const next = nextGeneration([highest], clock() * 1000);
      ordered(next);
      await runStore.setHighestOrdered(next);
      return next;
    },
  };
}
