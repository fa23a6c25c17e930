import { setTimeout as sleep } from "node:timers/promises";
import { msOfGrant } from "../../domain/lines/pacing.ts";
import type { SlowestLine } from "../content/pacer.ts";

/** Sends what was granted at the pace of its line: one slice after another, whichever of the line's streams they belong to. */
export interface LinePace {
  /** Resolves when these bytes of a grant may be sent. */
  turn(line: SlowestLine, bytes: number): Promise<void>;
}

/** ms that are caught up where a timer came late, so that a grant is used in its time. */
const CATCH_UP_MS = 5;

export function createLinePace(): LinePace {
  /** When the next slice may be sent, ms, by address. */
  const next = new Map<string, number>();
  return {
    async turn({ address, budget }, bytes) {
      const now = performance.now();
      const at = Math.max(next.get(address) ?? 0, now - CATCH_UP_MS);
      next.set(address, at + msOfGrant(bytes, budget));
      if (at > now) await sleep(Math.ceil(at - now));
    },
  };
}
