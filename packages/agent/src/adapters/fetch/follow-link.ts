import type { CurrentLink, LiveLink } from "../../app/session/current-link.ts";
import type { createRetryPolicy } from "../link/retry-policy.ts";

export interface LinkEvents {
  signal: AbortSignal;
  retryPolicy: ReturnType<typeof createRetryPolicy>;
  /** Nothing more is to be fetched. */
  isOver(): boolean;
  /** There is another link. */
  changed(live: LiveLink): void;
  fail(error: unknown): void;
  /** No longer waiting for a link. */
  update(): void;
}

/** The coordinator connection that streams are opened on. */
export interface FollowedLink {
  /** Undefined when there is none now: then it is waited for. */
  ready(): LiveLink | undefined;
  /** Waits for a link, according to the retry policy after an error. */
  recover(error: unknown): Promise<void>;
}

export function followLink(current: CurrentLink, { signal, retryPolicy, isOver, changed, fail, update }: LinkEvents): FollowedLink {
  let live: LiveLink | undefined;
  let isWaitedFor = false;

  async function recover(error: unknown): Promise<void> {
    if (isWaitedFor || isOver()) return;
    isWaitedFor = true;
    try {
      if (error !== undefined) await retryPolicy.after(error);
      const next = await current.live(signal);
      if (isOver()) return;
      if (next !== live) {
        live = next;
        changed(next);
      }
    } catch (reason) {
      fail(reason);
    }
    isWaitedFor = false;
    update();
  }

  return {
    recover,
    ready() {
      if (live && !live.gone.aborted) return isWaitedFor ? undefined : live;
      void recover(undefined);
      return undefined;
    },
  };
}
