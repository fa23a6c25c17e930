import { unitKey } from "@sitewright/protocol";
import type { Phase } from "./run.ts";
import { wireBytesOf } from "../lines/wire-bytes.ts";

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
  /** Estimated bytes that are transferred. */
  wireBytes: number;
  /** Absent: the coordinator's own network. */
  address?: string;
  /** When it would be served if the rebuild began now, ms since 1970; absent: cannot be forecast. */
  servedAt?: number;
  error?: { code: string; message: string };
}

/** One row per estimate phase. @param servedAt By phase. */
export function planRows(phases: readonly Phase[], servedAt: ReadonlyMap<string, number>): PlanRow[] {
  return phases.filter((phase) => phase.task === "estimate").map((phase) => planRow(phase, servedAt.get(phase.id)));
}

function planRow(phase: Phase, servedAt: number | undefined): PlanRow {
  const { outcome } = phase;
  const estimated = outcome?.kind === "estimated" ? outcome : undefined;
  const presentBytes = estimated?.presentBytes ?? 0;
  return {
    system: phase.system,
    unit: unitKey(phase.unit),
    reachable: estimated !== undefined,
    files: phase.files,
    sourceBytes: phase.sourceBytes,
    presentBytes,
    wireBytes: wireBytesOf({ ...phase, presentBytes }),
    ...(phase.address === undefined ? {} : { address: phase.address }),
    ...(servedAt === undefined ? {} : { servedAt }),
    ...(outcome?.kind === "failed" ? { error: { code: outcome.code, message: outcome.message } } : {}),
  };
}
