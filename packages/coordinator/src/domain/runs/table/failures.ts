import { ENDED, unitKey, type ErrorCode, type Outcome, type PhaseState } from "@sitewright/protocol";
import type { Phase } from "../run.ts";

/** A phase that failed. */
export interface Failure {
  system: string;
  /** Unit key. */
  unit: string;
  code: ErrorCode;
  message: string;
  clients: number;
}

export type Verified = Extract<Outcome, { kind: "verified" }>;

/** What a verification found wrong. */
export interface Difference {
  phase: string;
  system: string;
  /** Unit key. */
  unit: string;
  report: Verified;
  beforeRepair: boolean;
}

/** What did not go well in a run, by the numbers of the phases: kept whole, for there is little of it as a rule. */
export interface Failures {
  readonly failed: ReadonlyMap<number, Failure>;
  readonly different: ReadonlyMap<number, Difference>;
  /** Rises with each change. */
  readonly version: number;
  put(phase: Phase): void;
}

export function createFailures(): Failures {
  const failed = new Map<number, Failure>();
  const different = new Map<number, Difference>();
  let version = 0;

  return {
    failed,
    different,
    get version() {
      return version;
    },
    put({ id, number, system, unit, state, outcome, clients = 0, beforeRepair = false }) {
      const isFailure = state === "failed" && outcome?.kind === "failed";
      const isWrong = outcome?.kind === "verified" && !outcome.right;
      if (!isFailure && !isWrong && !failed.has(number) && !different.has(number)) return;
      version += 1;
      failed.delete(number);
      different.delete(number);
      if (isFailure) failed.set(number, { system, unit: unitKey(unit), code: outcome.code, message: outcome.message, clients });
      if (isWrong) different.set(number, { phase: id, system, unit: unitKey(unit), report: outcome, beforeRepair });
    },
  };
}

export type Fate = "wrong" | "repairing" | "repaired" | "left-wrong";

/** What became of a unit that was found wrong. @param repairs States of the phases after its verification. */
export function fateOf({ beforeRepair }: Pick<Difference, "beforeRepair">, repairs: readonly PhaseState[]): Fate {
  if (!beforeRepair) return "wrong";
  if (repairs.some((state) => !ENDED.has(state))) return "repairing";
  return repairs.every((state) => state === "done") ? "repaired" : "left-wrong";
}
