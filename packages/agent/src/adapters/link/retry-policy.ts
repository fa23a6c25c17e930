import { SitewrightError, type ErrorCode } from "@sitewright/protocol";
import { cancelled } from "../../app/session/current-link.ts";
import type { Log } from "../../app/ports/link.ts";
import { sleep } from "../../app/session/sleep.ts";
import { backoffDelay, LINK_BACKOFF } from "../../domain/backoff.ts";

/** Failures of the link, not of the order: retried. */
const LINK_TROUBLE: ReadonlySet<ErrorCode> = new Set(["COORDINATOR_UNREACHABLE", "COORDINATOR_UNTRUSTED"]);
/** Consecutive damaged streams without a frame until the order fails. */
const MAX_DAMAGED = 3;

export interface RetryPolicy {
  /** Waits before the next attempt, or throws a permanent error. */
  after(error: unknown): Promise<void>;
  /** An attempt transferred something. */
  reset(): void;
}

/** Decides for one transfer which failures are retried, with growing waits. */
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
          throw new SitewrightError("CONTENT_UNAVAILABLE", `the content arrived damaged ${damaged} times in a row: ${message}`, {
            cause: error,
          });
      } else if (!LINK_TROUBLE.has(code)) {
        throw error;
      }
      log(attempt === 0 ? "info" : "debug", `content is requested again: ${message}`, { code });
      await sleep(backoffDelay(attempt, LINK_BACKOFF, Math.random()), signal);
      attempt += 1;
    },
    reset() {
      attempt = 0;
      damaged = 0;
    },
  };
}
