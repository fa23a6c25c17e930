import { ENDED, type Phase } from "../run.ts";
import { wireBytesOf } from "../wire-bytes.ts";

/**
 * Bytes that a staging (or, in a plan, a staging that would follow) still sends; undefined: unknown
 * until a repair has verified. @param before The phase that it comes after.
 */
export function leftToSend(phase: Phase, before: Phase | undefined): number | undefined {
  if (phase.task === "stage" && ENDED.has(phase.state)) return 0;
  const presentBytes = presentOf(phase, before);
  if (before && presentBytes === undefined) return undefined;
  const { progress } = phase;
  if (!progress) return wireBytesOf({ ...phase, presentBytes: presentBytes ?? 0 });
  const there = Math.max(presentBytes ?? 0, progress.reusedBytes) + progress.fetchedBytes;
  const whole = phase.wireBytes > 0 ? { ...phase, manifestBytes: 0 } : phase;
  return wireBytesOf({ ...whole, presentBytes: Math.min(there, phase.sourceBytes) });
}

function presentOf({ presentBytes }: Phase, before: Phase | undefined): number | undefined {
  if (before?.outcome?.kind === "verified") return before.outcome.bytes;
  return presentBytes;
}
