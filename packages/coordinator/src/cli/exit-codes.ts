import { isUnreachable } from "@sitewright/protocol";
import type { Followed } from "./follow.ts";

/** Exit codes of every verb. */
export const EXIT = {
  /** Everything asked for is done and verified. */
  ok: 0,
  /** Something failed or was refused, and standard error says what and why; or a verification found differences. */
  failed: 1,
  /** Answers given to the expert, or to a recovery, exclude each other. */
  contradiction: 2,
  /** All that could be reached is done; the rest waits for agents that are not connected. */
  unreachable: 3,
} as const;

/** 0 only when everything asked for was done; 3 when only absent agents are missing. */
export function exitCodeOf({ view: { run, phases }, settled }: Followed): number {
  if (settled === "ended" && run.state === "done") return EXIT.ok;
  const wrong =
    run.error !== undefined ||
    run.state === "cancelled" ||
    run.problems.some(({ leftOut }) => leftOut) ||
    phases.some((phase) => phase.state === "cancelled" || (phase.state === "failed" && !isUnreachable(phase)));
  return wrong ? EXIT.failed : EXIT.unreachable;
}
