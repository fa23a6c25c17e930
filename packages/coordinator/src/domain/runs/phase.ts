import {
  RUN_KINDS,
  compareGenerations,
  conditionOf,
  formatGeneration,
  unitKey,
  ENDED,
  type Condition,
  type ErrorCode,
  type Order,
  type OrderTask,
  type Outcome,
  type PhaseState,
  type WaitReason,
} from "@sitewright/protocol";
import { filterSliced, groupSliced, mapSliced } from "../slices.ts";
import type { Phase, Run } from "./run.ts";

/** States of a phase that has not ended, and of one that an agent may be working on. */
export const OPEN: readonly PhaseState[] = ["waiting", "released", "running"];
export const UNDER_WAY: readonly PhaseState[] = ["released", "running"];

/** Attempts of one phase before a retryable failure is final. */
export const MAX_ATTEMPTS = 4;
const BACKOFF_MS = [1_000, 4_000, 15_000];

/**
 * Pauses while somebody has a folder open that is to be exchanged: each is twice the one before. That may take hours, uses none of the
 * attempts, and keeps no slot. ms.
 */
const IN_USE_FIRST_MS = 2_000;
const IN_USE_LONGEST_MS = 5 * 60_000;
/** As many pauses as make up a day. */
const IN_USE_TRIES = 296;

/** Attempts so far, counted again when an operator retries the run. */
function attempts({ epoch, firstEpoch = 1 }: Phase): number {
  return epoch - firstEpoch + 1;
}

export function mayTryAgain(phase: Phase): boolean {
  return attempts(phase) < MAX_ATTEMPTS;
}

/** Failures of an activation that staging again repairs. */
const STAGE_AGAIN: ReadonlySet<ErrorCode> = new Set(["STAGING_DAMAGED", "NOT_STAGED"]);

/** The order that an agent gets for a phase. @param following The activation that is sent ahead with it. */
export function orderOf(phase: Phase, run: Run, following?: Phase): Order {
  return {
    kind: "order",
    id: phase.id,
    epoch: phase.epoch,
    unit: phase.unit,
    generation: phase.generation,
    task: taskOf(phase, run, following),
  };
}

function taskOf(phase: Phase, { kind, options }: Run, following: Phase | undefined): OrderTask {
  const manifest = { manifest: phase.manifest ?? "", manifestBytes: phase.manifestBytes };
  switch (phase.task) {
    case "stage": {
      const activation = following && { id: following.id, epoch: following.epoch, graceMs: options.graceMs };
      // A repair hashes every byte in its verification, and then trusts what that found right.
      const full = options.full && RUN_KINDS[kind].differences !== "mended";
      return { kind: "stage", ...manifest, full, ...versionOf(phase), ...(activation ? { activation } : {}) };
    }
    case "verify":
      return { kind: "verify", ...manifest, full: options.full };
    case "estimate":
      return { kind: "estimate", ...manifest };
    case "remove":
      return { kind: "remove", owned: phase.owned ?? [] };
    case "activate":
    case "undo":
      return { kind: phase.task, graceMs: options.graceMs };
  }
}

function versionOf({ sourceVersion, content }: Phase): { sourceVersion: number; content?: string } {
  return { sourceVersion, ...(content === undefined ? {} : { content }) };
}

/** Its agent has accepted the order. */
export function begun(phase: Phase, now: number): Phase {
  const { notBefore: _, ...rest } = phase;
  return { ...rest, state: "running", startedAt: phase.startedAt ?? now };
}

/** Back to the backlog, to be released again unchanged: the same order, the same epoch. */
export function backToWaiting(phase: Phase): Phase {
  return { ...phase, state: "waiting" };
}

/** Numbered by a coordinator that accepted an impossible generation: no agent accepts it, and its number must not count. */
export function withoutNumber(phase: Phase, now: number): Phase {
  const message = `this order was numbered ${formatGeneration(phase.generation)}, which no agent takes: start a new run`;
  return {
    ...phase,
    state: "failed",
    outcome: { kind: "failed", code: "GENERATION_IMPLAUSIBLE", message, retryable: false },
    endedAt: now,
  };
}

/** Of two versions of one phase the later one, as far as that can be decided; else the first. */
export function laterOf(a: Phase, b: Phase): Phase {
  if (a.epoch !== b.epoch) return a.epoch > b.epoch ? a : b;
  return ENDED.has(b.state) && !ENDED.has(a.state) ? b : a;
}

/** The phase after its agent's result. Only for a phase that has not ended. */
export function afterOutcome(phase: Phase, outcome: Outcome, now: number): Phase {
  if (outcome.kind !== "failed") {
    const right = outcome.kind !== "verified" || outcome.right || phase.beforeRepair === true;
    return { ...withoutUse(phase), state: right ? "done" : "failed", outcome, endedAt: now };
  }
  const isInUse = outcome.code === "FOLDER_IN_USE";
  if (isInUse && (phase.inUse?.tries ?? 0) < IN_USE_TRIES) return whenUnused(phase, outcome, now);
  if (!isInUse && outcome.retryable && mayTryAgain(phase)) return nextAttempt(withoutUse(phase), now);
  return { ...withoutUse(phase), state: "failed", outcome, endedAt: now };
}

function withoutUse(phase: Phase): Phase {
  const { inUse: _, ...rest } = phase;
  return rest;
}

function whenUnused(phase: Phase, { message, path }: Outcome & { kind: "failed" }, now: number): Phase {
  const { since = now, tries = 0 } = phase.inUse ?? {};
  const pause = Math.min(IN_USE_FIRST_MS * 2 ** tries, IN_USE_LONGEST_MS);
  return {
    ...phase,
    state: "waiting",
    epoch: phase.epoch + 1,
    firstEpoch: (phase.firstEpoch ?? 1) + 1,
    notBefore: now + pause,
    inUse: { since, tries: tries + 1, message, ...(path === undefined ? {} : { path }) },
  };
}

function nextAttempt(phase: Phase, now: number): Phase {
  return { ...phase, state: "waiting", epoch: phase.epoch + 1, notBefore: now + (BACKOFF_MS[attempts(phase) - 1] ?? 0) };
}

/** Whether it still pauses. Longer than any pause is what is left of one that began before the clock was set back. */
export function isBackedOff({ notBefore = 0 }: Pick<Phase, "notBefore">, now: number): boolean {
  return notBefore > now && notBefore - now <= IN_USE_LONGEST_MS;
}

/** When that changes next by itself, ms since 1970; Infinity: it does not. After a clock was set back far, a backoff begins once more. */
export function backoffChangesAt({ notBefore = 0 }: Pick<Phase, "notBefore">, now: number): number {
  if (notBefore <= now) return Infinity;
  return isBackedOff({ notBefore }, now) ? notBefore : notBefore - IN_USE_LONGEST_MS;
}

/** Whether its agent may have its order, although it is not running. */
export function mayBeWithAgent({ startedAt, notBefore }: Phase): boolean {
  return startedAt !== undefined && notBefore === undefined;
}

/** Whether this failure of an activation returns the unit to its stage phase. */
export function wantsStageAgain(phase: Phase, outcome: Outcome): boolean {
  return phase.task === "activate" && mayTryAgain(phase) && outcome.kind === "failed" && STAGE_AGAIN.has(outcome.code);
}

/** An ended stage phase, open again for one more attempt; its activation follows it as before. */
export function reopened(stage: Phase, now: number): Phase {
  const { outcome: _, endedAt: __, ...rest } = stage;
  return nextAttempt(rest, now);
}

/** Whether a phase's turn in its run has come, depending on the phase before it, or how it ends without one. */
export function turnAfter(
  earlier: Pick<Phase, "state" | "outcome"> | undefined,
  run?: Pick<Run, "kind">,
): "due" | "later" | "unneeded" | "cancelled" | "skipped" {
  if (!earlier || !ENDED.has(earlier.state)) return "later";
  if (earlier.state === "done") {
    const isRight = earlier.outcome?.kind === "verified" && earlier.outcome.right;
    return isRight && !(run && RUN_KINDS[run.kind].registersRight) ? "unneeded" : "due";
  }
  return earlier.state === "unneeded" || earlier.state === "cancelled" ? earlier.state : "skipped";
}

/** Open phases that a newer run, which changes the same unit on the same system, has made useless. */
export function* supersededPhases(
  open: readonly Phase[],
  runs: ReadonlyMap<string, Pick<Run, "kind">>,
  isHeld: (phase: Phase) => boolean,
): Generator<void, Phase[]> {
  if (
    runs
      .values()
      .filter(({ kind }) => RUN_KINDS[kind].changesUnits)
      .take(2)
      .toArray().length < 2
  )
    return [];
  const isChanging = (phase: Phase): boolean => RUN_KINDS[runs.get(phase.run)?.kind ?? "plan"].changesUnits && !ENDED.has(phase.state);
  const changing = yield* filterSliced(open, isChanging);
  const groups = yield* groupSliced(changing, (phase) => `${phase.system}/${unitKey(phase.unit)}`);
  const superseded = yield* mapSliced(groups.values(), (phases) => {
    const newest = phases.reduce((a, b) => (compareGenerations(a.generation, b.generation) >= 0 ? a : b));
    return phases.filter((phase) => phase.run !== newest.run && (isHeld(phase) || !isHeld(newest)));
  });
  return superseded.flat();
}

/** What more is known of a reason to wait. */
export type WaitDetails = Pick<Phase, "window" | "undecided" | "lostSince">;

/** A waiting phase with its reason; the same object when that is known already, or when it does not wait. */
export function waitsFor(phase: Phase, reason: WaitReason, { window, undecided, lostSince }: WaitDetails): Phase {
  const { window: known, undecided: before, lostSince: lostBefore, ...rest } = phase;
  const isSame =
    phase.waitingFor === reason &&
    known?.address === window?.address &&
    known?.opensAt === window?.opensAt &&
    before?.site === undecided?.site &&
    before?.definitions === undecided?.definitions &&
    lostBefore === lostSince;
  if (phase.state !== "waiting" || isSame) return phase;
  return {
    ...rest,
    waitingFor: reason,
    ...(window ? { window } : {}),
    ...(undecided ? { undecided } : {}),
    ...(lostSince === undefined ? {} : { lostSince }),
  };
}

/** A phase with what it is doing or waits for in one word; without where it has ended. */
export function withCondition(phase: Phase): Phase & { condition?: Condition } {
  const condition = conditionOf(phase);
  return condition === undefined ? phase : { ...phase, condition };
}
