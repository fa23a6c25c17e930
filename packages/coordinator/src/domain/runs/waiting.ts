import type { WaitReason } from "@sitewright/protocol";
import type { Phase } from "./run.ts";
import type { WindowWait } from "../addresses/window-wait.ts";

/** A waiting phase with what it waits for; the same object when that is known of it already, or when it does not wait. */
export function waitsFor(phase: Phase, reason: WaitReason, window: WindowWait | undefined): Phase {
  const { window: known, ...rest } = phase;
  const isSame = phase.waitingFor === reason && known?.address === window?.address && known?.opensAt === window?.opensAt;
  if (phase.state !== "waiting" || isSame) return phase;
  return { ...rest, waitingFor: reason, ...(window ? { window } : {}) };
}
