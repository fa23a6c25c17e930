import { LIMITS, type Tenure } from "@sitewright/protocol";
import type { Log } from "../log.ts";
import type { Clock } from "../ports/clock.ts";

/** The tenure that agents are told: they follow the newest that they met. */
export interface CurrentTenure {
  now(): Tenure;
  /**
   * An agent follows a later one. Where several coordinators use one Redis, another of them led meanwhile, and a Redis that lost its last
   * seconds made this one lead again: then its tenure becomes the later one. @returns Whether it did.
   */
  exceed(seen: Tenure): boolean;
}

export interface CurrentTenureDeps {
  tenure: Tenure;
  /** There are, or were, others on the same Redis. */
  isOneOfSeveral: () => boolean;
  /** Stores it, also for the others. */
  keep: (tenure: Tenure) => Promise<void>;
  clock: Clock;
  log: Log;
}

/** Further ahead no clock of another coordinator is, ms: an agent must not use up all numbers there are. */
const AHEAD_MS = 366 * 86_400_000;

export function createCurrentTenure({ tenure, isOneOfSeveral, keep, clock, log }: CurrentTenureDeps): CurrentTenure {
  let current = tenure;
  return {
    now: () => current,
    exceed(seen) {
      const started = seen.started + 1;
      const isBeyond = started > clock() + AHEAD_MS || started >= LIMITS.tenure;
      // Another restore is not one of those that share this Redis.
      if (seen.restored !== current.restored || isBeyond || !isOneOfSeveral()) return false;
      if (started <= current.started) return true;
      current = { ...current, started };
      log.warn({ tenure: current }, "another coordinator of this hierarchy led meanwhile: agents that follow it follow this one again");
      keep(current).catch((error: unknown) => log.warn({ error: String(error) }, "the tenure could not be stored"));
      return true;
    },
  };
}
