import { unitKey } from "@sitewright/protocol";
import { eachSliced, filterSliced, mapSliced, sortSliced } from "../slices.ts";
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

/** A plan in numbers. */
export interface PlanTotals {
  units: number;
  files: number;
  sourceBytes: number;
  presentBytes: number;
  wireBytes: number;
  /** Systems whose agents are not connected. */
  unreachable: string[];
}

/** One row per estimate phase, by system. Yields periodically. @param servedAt By phase. */
export function* planRows(phases: readonly Phase[], servedAt: ReadonlyMap<string, number>): Generator<void, PlanRow[]> {
  const estimates = yield* filterSliced(phases, ({ task }) => task === "estimate");
  const rows = yield* mapSliced(estimates, (phase) => planRow(phase, servedAt.get(phase.id)));
  return yield* sortSliced(rows, (a, b) => (a.system < b.system ? -1 : a.system > b.system ? 1 : 0));
}

/** Yields periodically. */
export function* planTotals(rows: readonly PlanRow[]): Generator<void, PlanTotals> {
  const totals = { units: rows.length, files: 0, sourceBytes: 0, presentBytes: 0, wireBytes: 0 };
  const unreachable = new Set<string>();
  yield* eachSliced(rows, ({ system, reachable, files, sourceBytes, presentBytes, wireBytes }) => {
    totals.files += files;
    totals.sourceBytes += sourceBytes;
    totals.presentBytes += presentBytes;
    totals.wireBytes += wireBytes;
    if (!reachable) unreachable.add(system);
  });
  return { ...totals, unreachable: [...unreachable].sort() };
}

/** The rows whose unit or system has this in its name; an empty text: all. Yields periodically. */
export function* rowsWith(text: string, rows: readonly PlanRow[]): Generator<void, readonly PlanRow[]> {
  const wanted = text.trim().toLowerCase();
  return wanted === "" ? rows : yield* filterSliced(rows, ({ system, unit }) => `${system} ${unit}`.toLowerCase().includes(wanted));
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
