import { SitewrightError } from "@sitewright/protocol";
import type { FetchStep } from "../../domain/rebuild-plan.ts";

const ATTEMPTS = 3;

/** Counts how often chunks came damaged. */
export function createAttempts(): { count(steps: readonly FetchStep[]): void } {
  const attempts = new Map<number, number>();
  return {
    /** Throws `HASH_MISMATCH` for a chunk that was tried often enough. */
    count(steps) {
      for (const { chunk, places } of steps) {
        const count = (attempts.get(chunk.ordinal) ?? 0) + 1;
        attempts.set(chunk.ordinal, count);
        if (count < ATTEMPTS) continue;
        const path = places[0]?.file.path ?? chunk.file.path;
        throw new SitewrightError("HASH_MISMATCH", `${path} came damaged ${ATTEMPTS} times: check the line and the site server's disk`, {
          path,
        });
      }
    },
  };
}
