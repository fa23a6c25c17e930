import { unitKey } from "@sitewright/protocol";
import type { Phase } from "./run.ts";

/** What a rebuild of one unit on one system would take. */
export interface PlanRow {
  system: string;
  unit: string;
  /** False: the agent is not connected, and what it holds is unknown. */
  reachable: boolean;
  files: number;
  sourceBytes: number;
  /** Already right on the system. */
  presentBytes: number;
  /** Estimated bytes that cross the wire. */
  wireBytes: number;
  /** Absent: the coordinator's own network. */
  address?: string;
  /** Estimated time on the wire at the budget in force, alone on its line; absent: no limit is known. */
  seconds?: number;
  error?: { code: string; message: string };
}

/** Bytes on the line for each byte of payload: TCP and IP headers, measured. */
const LINE_OVERHEAD = 1.04;
/** A compressed manifest against its canonical bytes: digests do not shrink. */
const MANIFEST_PACKED = 0.8;

/** One row for each estimate phase. `budgets`: bit/s by address; absent or undefined means unlimited. */
export function planRows(phases: readonly Phase[], budgets: ReadonlyMap<string, number | undefined>): PlanRow[] {
  return phases
    .filter((phase) => phase.task === "estimate")
    .map((phase) => planRow(phase, phase.address === undefined ? undefined : budgets.get(phase.address)));
}

function planRow(phase: Phase, budget: number | undefined): PlanRow {
  const { outcome } = phase;
  const estimated = outcome?.kind === "estimated" ? outcome : undefined;
  const presentBytes = estimated?.presentBytes ?? 0;
  const packed = phase.sourceBytes > 0 ? phase.packedBytes / phase.sourceBytes : 1;
  const wireBytes = Math.round((phase.sourceBytes - presentBytes) * packed + phase.manifestBytes * MANIFEST_PACKED);
  return {
    system: phase.system,
    unit: unitKey(phase.unit),
    reachable: estimated !== undefined,
    files: phase.files,
    sourceBytes: phase.sourceBytes,
    presentBytes,
    wireBytes,
    ...(phase.address === undefined ? {} : { address: phase.address }),
    ...(budget === undefined || budget <= 0 ? {} : { seconds: (wireBytes * LINE_OVERHEAD * 8) / budget }),
    ...(outcome?.kind === "failed" ? { error: { code: outcome.code, message: outcome.message } } : {}),
  };
}
