/** One comparison. It creates what it needs, and registers that for removal with its context. */
export interface Case {
  name: string;
  /** The data and the path, for a table. */
  about: string;
  /** The goal, in words. */
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
  /** To be released after the case, in reverse order. */
  cleanup: AsyncDisposableStack;
  /** Reports progress, on standard error. */
  say(line: string): void;
}

export interface CaseResult {
  measures: Measure[];
  /** Printed below the table: further facts about this run. */
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
  /** Whether the goal is reached; also true if none is set. */
  met: boolean;
  /** Every round's value. */
  rounds: { ours: number[]; peer: number[] };
}

export interface Goal {
  /** Which number it is about. */
  of: "ratio" | "ours";
  /** `most`: at most `value`; `least`: at least. */
  at: "most" | "least";
  value: number;
}

export interface EndedCase extends Partial<CaseResult> {
  case: Case;
  /** Why there are no measures. */
  reason?: string;
  /** A failure of the case itself. */
  broken?: boolean;
}

/** Thrown by a case that this machine cannot run; it counts as not met, with this reason. */
export class UnavailableHere extends Error {}
