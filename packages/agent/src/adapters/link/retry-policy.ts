import { SitewrightError, type ErrorCode } from "@sitewright/protocol";
import { cancelled } from "../../app/session/current-link.ts";
import type { Log } from "../../app/ports/link.ts";
import { sleep } from "../../app/session/sleep.ts";
import { backoffDelay, LINK_BACKOFF } from "../../domain/backoff.ts";

/** What the link suffers from, not the order: it is waited out. */
const LINK_TROUBLE: ReadonlySet<ErrorCode> = new Set(["COORDINATOR_UNREACHABLE", "COORDINATOR_UNTRUSTED"]);
/** Damaged streams one after the other, none of which brought a frame, until the order is told. */
const MAX_DAMAGED = 3;

export interface RetryPolicy {
  /** Waits before the next attempt, or throws what waiting does not mend. */
  after(error: unknown): Promise<void>;
  /** An attempt brought something. */
  reset(): void;
}

/** Decides for one transfer which failures are waited out, with growing waits. */
export function createRetryPolicy(signal: AbortSignal, log: Log): RetryPolicy {
  let attempt = 0;
  let damaged = 0;
  return {
    async after(error) {
      if (signal.aborted) throw cancelled();
      const { code, message } = SitewrightError.from(error);
      if (code === "FRAME_INVALID") {
        damaged += 1;
        if (damaged >= MAX_DAMAGED)
          throw new SitewrightError("CONTENT_UNAVAILABLE", `the content came damaged ${damaged} times in a row: ${message}`, {
            cause: error,
          });
      } else if (!LINK_TROUBLE.has(code)) {
        throw error;
      }
      log(attempt === 0 ? "info" : "debug", `content is asked for again: ${message}`, { code });
      await sleep(backoffDelay(attempt, LINK_BACKOFF, Math.random()), signal);
      attempt += 1;
    },
    reset() {
      attempt = 0;
      damaged = 0;
    },
  };
}
