import type { Outcome, Progress, TaskKind } from "../messages.ts";
import { unitKey, type Unit } from "../unit.ts";
import type { PhaseState, WaitReason } from "./run-states.ts";

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

/** Tasks that read the whole content of a unit. */
const LOOKS_AT_CONTENT: ReadonlySet<TaskKind> = new Set(["stage", "estimate", "verify"]);

/** Whether the content of a unit counts with this phase: of all its phases, only with the first that reads it. */
export function countsContent({ task, after }: Pick<CountedPhase, "task" | "after">): boolean {
  return LOOKS_AT_CONTENT.has(task) && after === undefined;
}

export function runTotals(phases: readonly CountedPhase[]): RunTotals {
  const totals: RunTotals = {
    phases: phases.length,
    done: 0,
    failed: 0,
    different: 0,
    cancelled: 0,
    skipped: 0,
    unneeded: 0,
    waiting: 0,
    running: 0,
    units: 0,
    files: 0,
    sourceBytes: 0,
    reusedBytes: 0,
    fetchedBytes: 0,
    peerBytes: 0,
    retriedBytes: 0,
    wireBytes: 0,
    unreachable: [],
  };
  const units = new Set<string>();
  const unreachable = new Set<string>();
  const stagedAfter = new Set(phases.flatMap(({ after, outcome }) => (after !== undefined && outcome?.kind === "staged" ? [after] : [])));
  for (const phase of phases) {
    totals[phase.state === "released" ? "running" : phase.state] += 1;
    if (isDifferent(phase)) totals.different += 1;
    totals.wireBytes += phase.wireBytes;
    units.add(`${phase.system}/${unitKey(phase.unit)}`);
    if (isUnreachable(phase)) unreachable.add(phase.system);
    if (LOOKS_AT_CONTENT.has(phase.task)) addContent(totals, phase, stagedAfter.has(phase.id));
  }
  return { ...totals, units: units.size, unreachable: [...unreachable].sort() };
}

/** @param mended A repair staged after this verification, and has the better count of what was right. */
function addContent(totals: RunTotals, phase: CountedPhase, mended: boolean): void {
  if (countsContent(phase)) {
    totals.files += phase.files;
    totals.sourceBytes += phase.sourceBytes;
  }
  const moved = phase.outcome?.kind === "staged" ? phase.outcome : phase.progress;
  if (!mended) totals.reusedBytes += rightBytes(phase);
  totals.fetchedBytes += moved?.fetchedBytes ?? 0;
  totals.peerBytes += moved?.peerBytes ?? 0;
  totals.retriedBytes += moved?.retriedBytes ?? 0;
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
