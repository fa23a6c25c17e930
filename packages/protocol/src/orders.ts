import type { ErrorCode } from "./errors.ts";
import type { Digest, Generation, OwnedPath, Unit } from "./unit.ts";

/** Numbered and idempotent: sent again until accepted; an agent that carried it out before answers from its memory. */
export interface Order {
  kind: "order";
  id: string;
  epoch: number;
  unit: Unit;
  generation: Generation;
  task: OrderTask;
}

/** An order to activate, sent with the one that stages its unit: it begins then, unless the connection ends before. */
export interface Following {
  id: string;
  epoch: number;
  graceMs: number;
}

/** Builds a unit beside what is live. */
export interface StageTask {
  kind: "stage";
  manifest: Digest;
  manifestBytes: number;
  full: boolean;
  sourceVersion: number;
  content?: string;
  activation?: Following;
}

export type OrderTask =
  | StageTask
  | { kind: "activate"; graceMs: number }
  | { kind: "remove"; owned: OwnedPath[] }
  | { kind: "verify"; manifest: Digest; manifestBytes: number; full: boolean }
  | { kind: "estimate"; manifest: Digest; manifestBytes: number }
  | { kind: "undo"; graceMs: number };
export type TaskKind = OrderTask["kind"];
export const TASK_KINDS = ["stage", "activate", "remove", "verify", "estimate", "undo"] as const satisfies readonly TaskKind[];

export interface Cancel {
  kind: "cancel";
  orderId: string;
  epoch: number;
}

export interface Ack {
  kind: "ack";
  upTo: number;
}

export interface Accepted {
  kind: "accepted";
  orderId: string;
  epoch: number;
}

export const STEPS = ["indexing", "fetching", "checking", "activating"] as const;
export type Step = (typeof STEPS)[number];

export interface Progress {
  kind: "progress";
  orderId: string;
  step: Step;
  files: number;
  reusedBytes: number;
  fetchedBytes: number;
  retriedBytes: number;
  /** Of those fetched: from neighbours; absent: none. */
  peerBytes?: number;
  /** While indexing: bytes of the disk read so far; absent: none. */
  lookedBytes?: number;
}

export interface Result {
  kind: "result";
  number: number;
  orderId: string;
  epoch: number;
  unit: Unit;
  generation: Generation;
  outcome: Outcome;
}

export type Outcome =
  | { kind: "failed"; code: ErrorCode; message: string; path?: string; retryable: boolean; held?: Generation }
  | { kind: "staged"; files: number; reusedBytes: number; fetchedBytes: number; retriedBytes: number; peerBytes?: number }
  | { kind: "activated"; folders: number; previous: boolean }
  | { kind: "removed"; files: number }
  | ({ kind: "verified" } & VerifyReport)
  | { kind: "estimated"; files: number; sourceBytes: number; presentBytes: number; indexAgeMs: number }
  | { kind: "undone"; manifest: Digest };

export interface VerifyReport {
  right: boolean;
  absent: boolean;
  stale: boolean;
  files: number;
  bytes: number;
  /** Up to `LIMITS.deviations`, some of each kind. */
  deviations: Deviation[];
  /** All of them. */
  deviationCount: number;
  counts: DeviationCounts;
}

export type DeviationCounts = Record<Deviation["kind"], number>;

/** Sorted by how they are reported. */
export const DEVIATION_KINDS = ["missing", "extra", "damaged", "rights"] as const;

export interface Deviation {
  kind: (typeof DEVIATION_KINDS)[number];
  path: string;
}
