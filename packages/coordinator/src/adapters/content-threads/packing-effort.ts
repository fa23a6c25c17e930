import { HIGHEST_LEVEL, nextHighestLevel } from "../../domain/lines/packing.ts";

/** Keeps packing from taking all of a thread's time. */
export interface PackingEffort {
  /** The level to use for a request with level `wanted`. */
  levelFor(wanted: number): number;
  /** Runs a packing function, and counts its time. */
  spend<T>(pack: () => T): T;
}

/** Between two decisions, ms. */
const LOOK = 1_000;

/** @param now The process's own clock, ms. */
export function packingEffort(now: () => number = () => performance.now()): PackingEffort {
  let highest = HIGHEST_LEVEL;
  let since = now();
  let spent = 0;

  function look(): void {
    const passed = now() - since;
    if (passed < LOOK) return;
    highest = nextHighestLevel(highest, spent / passed);
    since = now();
    spent = 0;
  }

  return {
    levelFor(wanted) {
      look();
      return Math.min(wanted, highest);
    },
    spend(pack) {
      const began = now();
      try {
        return pack();
      } finally {
        spent += now() - began;
      }
    },
  };
}
