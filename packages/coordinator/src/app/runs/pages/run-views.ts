import type { Condition, RowState, RunTotals, Unit } from "@sitewright/protocol";
import type { WindowWait } from "../../../domain/addresses/window-wait.ts";
import type { withCondition } from "../../../domain/runs/phase.ts";
import type { Fate, Verified } from "../../../domain/runs/table/failures.ts";
import type { HoldKind } from "../../../domain/runs/table/holds.ts";
import type { RowFilter } from "../../../domain/runs/table/pages.ts";
import type { FailureGroup, Place } from "../../../domain/runs/table/places.ts";
import type { Run } from "../../../domain/runs/run.ts";

export type StatedPhase = ReturnType<typeof withCondition>;

/** A run without its phases: it does not grow with their number. */
export interface RunSummary {
  run: Run;
  totals: RunTotals;
  /** Units on systems, by how far they are. */
  rows: Record<RowState | "all", number>;
  /** Of those that have not ended. */
  conditions: Record<Condition, number>;
  systemCount: number;
  /** Those with most to do, most first. */
  lines: RunGroup[];
  lineCount: number;
  failures: FailureGroup[];
  /** What verifications found wrong and is not being repaired. */
  wrong: Place;
  /** The first of what verifications found wrong, whatever its fate. */
  differences: { system: string; unit: Unit; report: Verified; fate: Fate }[];
  differenceCount: number;
  holds: HoldView[];
  /** Units of which a step failed, among those that the problems of the run name. */
  failedUnits: string[];
  /** Something of it was activated or undone. */
  changedSystems: boolean;
  sequence: number;
}

export interface RunGroup {
  /** Name of the system, or key of the address; empty: the coordinator's own network. */
  key: string;
  totals: RunTotals;
  settledBytes: number;
  leftBytes: number;
  /** Of a system: what it works on, or else waits for. */
  now?: StatedPhase;
}

export interface HoldView extends Pick<Place, "systems" | "systemCount"> {
  kind: HoldKind;
  about: string;
  steps: number;
  first?: StatedPhase;
  window?: WindowWait;
}

/** Of runs that are open and that have ended, by their ids; each throws `NOT_FOUND`. */
export interface RunPages {
  /** The runs that are open and the last that ended, newest first, without dry runs; each without failures that a newer one is about. */
  recent(): Promise<RecentRuns>;
  summary(run: string): Promise<RunSummary>;
  units(run: string, query: RowFilter & PageQuery): Promise<RowPage>;
  systems(run: string, query: PageQuery): Promise<GroupPage>;
  lines(run: string, query: PageQuery): Promise<GroupPage>;
}

export interface RecentRuns {
  runs: RunSummary[];
  /** Steps of systems whose agents are away: that were connected before, and that never were. */
  waiting: { away: number; unjoined: number };
  sequence: number;
}

export interface PageQuery {
  limit?: number;
  /** `next` of the page before. */
  after?: number;
  /** Part of a name. */
  text?: string;
}

export interface RowPage {
  /** `current`: id of the phase that determines the state. */
  rows: { system: string; unit: Unit; state: RowState; phases: StatedPhase[]; current: string }[];
  found: number;
  next?: string;
  sequence: number;
}

export interface GroupPage {
  groups: RunGroup[];
  found: number;
  next?: string;
  sequence: number;
}
