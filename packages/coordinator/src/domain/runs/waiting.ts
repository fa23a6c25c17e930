import type { Phase, WaitReason } from "./run.ts";
import type { WindowWait } from "../addresses/window-wait.ts";

/** A waiting phase with what it waits for; the same object when that is known of it already, or when it does not wait. */
export function waitsFor(phase: Phase, reason: WaitReason, window: WindowWait | undefined): Phase {
  const { window: known, ...rest } = phase;
  const isSame = phase.waitingFor === reason && known?.address === window?.address && known?.opensAt === window?.opensAt;
  if (phase.state !== "waiting" || isSame) return phase;
  return { ...rest, waitingFor: reason, ...(window ? { window } : {}) };
}

/** @param now ms since 1970, as `since` is. */
export function stalledWords(since: number, now: number): string {
  return `no progress for ${Math.max(0, Math.round((now - since) / 1000))} s`;
}
