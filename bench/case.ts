/** One comparison. What it needs it makes, and registers for removal with its context. */
export interface Case {
  name: string;
  /** The data and the way, for a table. */
  about: string;
  /** What is to be reached, in words. */
  goal: string;
  run(context: Context): Promise<CaseResult>;
}

export interface Context {
  /** How often each side is measured. */
  rounds: number;
  /** The data are this many times smaller than the case says. */
  scale: number;
  /** A new empty folder, removed after the case: on a disk in memory, or on the disk that the project lies on. */
  folder(kind: "memory" | "disk"): string;
  /** What is to be released after the case, last one first. */
  cleanup: AsyncDisposableStack;
  /** Tells how far it is, on standard error. */
  say(line: string): void;
}

export interface CaseResult {
  measures: Measure[];
  /** Printed below the table: what else is worth knowing about this run. */
  facts: string[];
}

export interface Measure {
  /** Such as `time`; with a peer of its own where there are several. */
  what: string;
  unit: "s" | "bytes" | "Mbit/s" | "violations" | "share" | "index";
  /** Median. */
  ours: number;
  /** Median. */
  peer: number;
  /** ours / peer; null where the peer's is 0. */
  ratio: number | null;
  goal?: Goal;
  /** Whether the goal is reached; also true where none is set. */
  met: boolean;
  /** Every round's value. */
  rounds: { ours: number[]; peer: number[] };
}

export interface Goal {
  /** Which number it is about. */
  of: "ratio" | "ours";
  /** `most`: it has to be `value` or less; `least`: or more. */
  at: "most" | "least";
  value: number;
}

export interface EndedCase extends Partial<CaseResult> {
  case: Case;
  /** Why there are no measures. */
  reason?: string;
  /** The case should have worked here, and did not. */
  broken?: boolean;
}

/** Thrown by a case that this machine cannot run; it counts as not met, with this reason. */
export class UnavailableHere extends Error {}
