import type { Outcome, Progress, TaskKind } from "../orders.ts";
import { unitKey, type Unit } from "../unit.ts";
import { ENDED, ENDED_WELL, type PhaseState, type WaitReason } from "./run-states.ts";

/** What is counted of a phase. */
export interface CountedPhase {
  id: string;
  system: string;
  unit: Unit;
  task: TaskKind;
  state: PhaseState;
  after?: string;
  beforeRepair?: true;
  waitingFor?: WaitReason;
  /** Fixed by the plan. */
  files: number;
  sourceBytes: number;
  wireBytes: number;
  progress?: Omit<Progress, "kind" | "orderId">;
  outcome?: Outcome;
}

/** A run in numbers. `files` and `sourceBytes` are fixed by the plan; the other bytes only rise towards them. */
export interface RunTotals {
  phases: number;
  done: number;
  failed: number;
  /** Of the failed ones: verifications that reported differences. */
  different: number;
  cancelled: number;
  skipped: number;
  /** There was nothing to do for them. */
  unneeded: number;
  waiting: number;
  /** Released or running. */
  running: number;
  /** Pairs of a system and a unit. */
  units: number;
  files: number;
  sourceBytes: number;
  /** Found right on the systems; for a verification alone: bytes read. */
  reusedBytes: number;
  /** New to the systems, uncompressed. */
  fetchedBytes: number;
  /** Of those: fetched from neighbours. */
  peerBytes: number;
  /** Fetched more than once. */
  retriedBytes: number;
  /** Sent over all attempts, as they crossed the wire. */
  wireBytes: number;
  /** Systems that could not be reached, or that the run waits for. */
  unreachable: string[];
}

/** Phases for which nothing remains to do: a verification is settled when it has reported differences. */
export function stepsSettled({ done, unneeded, different }: Pick<RunTotals, "done" | "unneeded" | "different">): number {
  return done + unneeded + different;
}

/** What waits for one of these does not depend on the rate of its line. */
const ELSEWHERE: ReadonlySet<WaitReason | undefined> = new Set([
  "agent-offline",
  "agent-inventory",
  "site-data-unread",
  "site-quarantined",
  "objects-undecided",
  "window-closed",
  "address-paused",
]);

/** Tasks that read the whole content of a unit. */
const LOOKS_AT_CONTENT: ReadonlySet<TaskKind> = new Set(["stage", "estimate", "verify"]);

/** Whether the content of a unit counts with this phase: of all its phases, only with the first that reads it. */
export function countsContent({ task, after }: Pick<CountedPhase, "task" | "after">): boolean {
  return LOOKS_AT_CONTENT.has(task) && after === undefined;
}

/** Figures that add up phase by phase. */
export interface Tally extends Omit<RunTotals, "units" | "unreachable"> {
  /** Phases whose agent could not be reached, or that wait for it. */
  unreachable: number;
  /** Bytes of the source that are right on the systems by now. */
  settledBytes: number;
  /** Bytes of the source that the present rates of lines carry: without what waits for an agent, an address or a decision. */
  leftBytes: number;
}

export function emptyTally(): Tally {
  const states = { done: 0, failed: 0, different: 0, cancelled: 0, skipped: 0, unneeded: 0, waiting: 0, running: 0, unreachable: 0 };
  const bytes = { sourceBytes: 0, reusedBytes: 0, fetchedBytes: 0, peerBytes: 0, retriedBytes: 0, wireBytes: 0 };
  return { phases: 0, ...states, files: 0, ...bytes, settledBytes: 0, leftBytes: 0 };
}

export interface Counting {
  /** A repair staged after this verification, and has the better count of what was right. */
  mended: boolean;
  /** -1 takes away what was counted before. */
  times: 1 | -1;
}

/** Counts a phase. */
export function addToTally(tally: Tally, phase: CountedPhase, { mended, times }: Counting): void {
  tally.phases += times;
  tally[phase.state === "released" ? "running" : phase.state] += times;
  if (isDifferent(phase)) tally.different += times;
  if (isUnreachable(phase)) tally.unreachable += times;
  tally.wireBytes += times * phase.wireBytes;
  if (!LOOKS_AT_CONTENT.has(phase.task)) return;
  const moved = phase.outcome?.kind === "staged" ? phase.outcome : phase.progress;
  if (!mended) tally.reusedBytes += times * rightBytes(phase);
  tally.fetchedBytes += times * (moved?.fetchedBytes ?? 0);
  tally.peerBytes += times * (moved?.peerBytes ?? 0);
  tally.retriedBytes += times * (moved?.retriedBytes ?? 0);
  if (!countsContent(phase)) return;
  tally.files += times * phase.files;
  tally.sourceBytes += times * phase.sourceBytes;
  tally.settledBytes += times * settledBytes(phase);
  if (!ENDED.has(phase.state) && !ELSEWHERE.has(phase.waitingFor)) tally.leftBytes += times * (phase.sourceBytes - settledBytes(phase));
}

/** Ids of verifications after which a repair staged. */
export function mendedBy({ after, outcome }: Pick<CountedPhase, "after" | "outcome">): string | undefined {
  return outcome?.kind === "staged" ? after : undefined;
}

export function runTotals(phases: readonly CountedPhase[]): RunTotals {
  const tally = emptyTally();
  const units = new Set<string>();
  const unreachable = new Set<string>();
  const mended = new Set(phases.map(mendedBy));
  for (const phase of phases) {
    addToTally(tally, phase, { mended: mended.has(phase.id), times: 1 });
    units.add(`${phase.system}/${unitKey(phase.unit)}`);
    if (isUnreachable(phase)) unreachable.add(phase.system);
  }
  return totalsOf(tally, units.size, [...unreachable].sort());
}

/** @param units Pairs of a system and a unit. @param unreachable Systems. */
export function totalsOf(counted: Tally, units: number, unreachable: string[]): RunTotals {
  const { settledBytes: _, leftBytes: __, ...tally } = counted;
  return { ...tally, units, unreachable };
}

/** Bytes of a phase's content that are settled: reused or fetched. */
function settledBytes(phase: CountedPhase): number {
  if (!countsContent(phase)) return 0;
  if (ENDED_WELL.has(phase.state)) return phase.sourceBytes;
  return Math.min(phase.sourceBytes, (phase.progress?.reusedBytes ?? 0) + (phase.progress?.fetchedBytes ?? 0));
}

function rightBytes(phase: CountedPhase): number {
  const { outcome, progress } = phase;
  if (outcome?.kind === "estimated") return outcome.presentBytes;
  if (outcome?.kind === "verified") return phase.beforeRepair ? outcome.bytes : phase.sourceBytes;
  if (outcome?.kind === "staged") return outcome.reusedBytes;
  // What an estimate has indexed so far may not belong to the manifest.
  if (phase.task === "estimate") return 0;
  // Until a repair has staged, the bytes of the verification before it stand.
  return countsContent(phase) ? (progress?.reusedBytes ?? 0) : 0;
}

/** A verification that ended because it found something wrong. */
export function isDifferent({ state, outcome }: Pick<CountedPhase, "state" | "outcome">): boolean {
  return state === "failed" && outcome?.kind === "verified";
}

/** Waits for its agent, or ended because of it. */
export function isUnreachable({ state, waitingFor, outcome }: Pick<CountedPhase, "state" | "waitingFor" | "outcome">): boolean {
  if (state === "waiting") return waitingFor === "agent-offline";
  return state === "failed" && outcome?.kind === "failed" && outcome.code === "AGENT_UNREACHABLE";
}
