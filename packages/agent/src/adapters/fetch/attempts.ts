import { SitewrightError } from "@sitewright/protocol";
import type { FetchStep } from "../../domain/tree/rebuild-plan.ts";

const ATTEMPTS = 3;
/** Streams that a line may cut before their first byte; a request that ends each stream without a message is treated as refused. */
const HANG_UPS = 10;

/** Counts failed requests for chunks, so that none is repeated endlessly. */
export interface Attempts {
  /** Throws `HASH_MISMATCH` for a chunk that arrived damaged too often. */
  damaged(steps: readonly FetchStep[]): void;
  /** A stream ended before the chunk that was next. Throws `CONTENT_UNAVAILABLE` when that happened too often. */
  refused(next: FetchStep, why: SitewrightError): void;
  /** As `refused`, if the other side hung up without a message. */
  hungUp(next: FetchStep, why: SitewrightError): void;
}

export function createAttempts(): Attempts {
  const [damaged, refused, hungUp] = [new Map<number, number>(), new Map<number, number>(), new Map<number, number>()];

  function give(up: SitewrightError, { chunk, places }: FetchStep, times: number): SitewrightError {
    const path = places[0]?.file.path ?? chunk.file.path;
    const message = `${path} was requested ${times} times without success: ${up.message}. The next attempt starts again`;
    return new SitewrightError("CONTENT_UNAVAILABLE", message, { path, cause: up });
  }

  return {
    damaged(steps) {
      for (const { chunk, places } of steps) {
        if (count(damaged, chunk.ordinal) < ATTEMPTS) continue;
        const path = places[0]?.file.path ?? chunk.file.path;
        throw new SitewrightError("HASH_MISMATCH", `${path} arrived damaged ${ATTEMPTS} times: check the line and the site server's disk`, {
          path,
        });
      }
    },
    refused(next, why) {
      if (count(refused, next.chunk.ordinal) >= ATTEMPTS) throw give(why, next, ATTEMPTS);
    },
    hungUp(next, why) {
      if (count(hungUp, next.chunk.ordinal) >= HANG_UPS) throw give(why, next, HANG_UPS);
    },
  };
}

function count(times: Map<number, number>, ordinal: number): number {
  const next = (times.get(ordinal) ?? 0) + 1;
  times.set(ordinal, next);
  return next;
}
