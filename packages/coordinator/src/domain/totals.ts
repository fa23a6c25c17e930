import { unitKey, type TaskKind } from "@sitewright/protocol";
import type { Phase } from "./run.ts";

/** A run in numbers. `files` and `sourceBytes` are fixed by the plan; the other bytes only rise towards them. */
export interface RunTotals {
  phases: number;
  done: number;
  failed: number;
  cancelled: number;
  skipped: number;
  waiting: number;
  /** Released or running. */
  running: number;
  /** Pairs of a system and a unit. */
  units: number;
  files: number;
  sourceBytes: number;
  /** Found right on the systems. */
  reusedBytes: number;
  /** New to the systems, uncompressed. */
  fetchedBytes: number;
  /** Fetched more than once. */
  retriedBytes: number;
  /** Sent over all attempts, as they crossed the wire. */
  wireBytes: number;
  /** Systems that could not be reached, or are being waited for. */
  unreachable: string[];
}

/** Tasks that look at the whole content of a unit: the others would count it twice. */
const COUNTS_CONTENT: ReadonlySet<TaskKind> = new Set(["stage", "estimate", "verify"]);

export function runTotals(phases: readonly Phase[]): RunTotals {
  const totals: RunTotals = {
    phases: phases.length,
    done: 0,
    failed: 0,
    cancelled: 0,
    skipped: 0,
    waiting: 0,
    running: 0,
    units: 0,
    files: 0,
    sourceBytes: 0,
    reusedBytes: 0,
    fetchedBytes: 0,
    retriedBytes: 0,
    wireBytes: 0,
    unreachable: [],
  };
  const units = new Set<string>();
  const unreachable = new Set<string>();
  for (const phase of phases) {
    totals[phase.state === "released" ? "running" : phase.state] += 1;
    totals.wireBytes += phase.wireBytes;
    units.add(`${phase.system}/${unitKey(phase.unit)}`);
    if (isUnreachable(phase)) unreachable.add(phase.system);
    if (COUNTS_CONTENT.has(phase.task)) addContent(totals, phase);
  }
  return { ...totals, units: units.size, unreachable: [...unreachable].sort() };
}

function addContent(totals: RunTotals, { files, sourceBytes, outcome, progress }: Phase): void {
  totals.files += files;
  totals.sourceBytes += sourceBytes;
  if (outcome?.kind === "estimated") totals.reusedBytes += outcome.presentBytes;
  const bytes = outcome?.kind === "staged" ? outcome : progress;
  if (!bytes) return;
  totals.reusedBytes += bytes.reusedBytes;
  totals.fetchedBytes += bytes.fetchedBytes;
  totals.retriedBytes += bytes.retriedBytes;
}

/** Waits for its agent, or was given up because of it. */
export function isUnreachable({ state, waitingFor, outcome }: Phase): boolean {
  if (state === "waiting") return waitingFor === "agent-offline";
  return state === "failed" && outcome?.kind === "failed" && outcome.code === "AGENT_UNREACHABLE";
}
