import { plural } from "../../plural.ts";
import { DEVIATION_KINDS, type VerifyReport } from "../../orders.ts";
import { ENDED } from "../../runs/run-states.ts";
import { isDifferent } from "../../runs/totals.ts";
import { unitKey, type Unit } from "../../unit.ts";
import type { InUse, Phase, Undecided } from "../runs/phases.ts";
import { formatSeconds } from "./format.ts";

/** What a verification found about one unit on one system. */
export interface Finding {
  system: string;
  unit: Unit;
  report: VerifyReport;
  /** `repairing`: a repair of it runs or waits. `left-wrong`: a repair did not succeed. */
  fate: "right" | "wrong" | "repairing" | "repaired" | "left-wrong";
}

/** In the order of the plan; without units whose result is not known. */
export function findingsOf(phases: readonly Phase[]): Finding[] {
  const afterwards = Map.groupBy(
    phases.filter(({ after }) => after !== undefined),
    ({ system, unit }) => `${system}/${unitKey(unit)}`,
  );
  return phases.flatMap((phase) => {
    const { system, unit, outcome } = phase;
    if (outcome?.kind !== "verified") return [];
    return [{ system, unit, report: outcome, fate: fateOf(phase, outcome, afterwards.get(`${system}/${unitKey(unit)}`) ?? []) }];
  });
}

function fateOf({ beforeRepair }: Phase, { right }: VerifyReport, repairs: readonly Phase[]): Finding["fate"] {
  if (right) return "right";
  if (!beforeRepair) return "wrong";
  if (repairs.some(({ state }) => !ENDED.has(state))) return "repairing";
  return repairs.every(({ state }) => state === "done") ? "repaired" : "left-wrong";
}

/** `1 not right, 2 failed`: how these phases failed; empty if none did. */
export function failureWords(phases: readonly Phase[]): string {
  const failed = phases.filter(({ state }) => state === "failed");
  const different = failed.filter(isDifferent).length;
  return failedWords({ failed: failed.length, different });
}

/** The same from counters. */
export function failedWords({ failed, different }: { failed: number; different: number }): string {
  const others = failed - different;
  return [...(different > 0 ? [`${different} not right`] : []), ...(others > 0 ? [`${others} failed`] : [])].join(", ");
}

/** `2 missing, 1 damaged, 1 of wrong rights`, with what applies to the unit as a whole. */
export function differenceWords({ absent, stale, counts }: VerifyReport): string {
  if (absent) return "absent: nothing of it is served";
  const words = DEVIATION_KINDS.flatMap((kind) =>
    counts[kind] > 0 ? [`${counts[kind]} ${kind === "rights" ? "of wrong rights" : kind}`] : [],
  );
  const differs = words.join(", ") || "different from the source";
  return stale ? `stale, of another generation of the source: ${differs}` : differs;
}

/** @param now ms since 1970, as `since` is. */
export function stalledWords(since: number, now: number): string {
  return `no progress for ${Math.max(0, Math.round((now - since) / 1000))} s`;
}

/** The agent that has the order is disconnected. @param now ms since 1970, as `since` is. */
export function lostWords(since: number, now: number): string {
  return `its agent disconnected ${formatSeconds(Math.max(0, now - since) / 1000)} ago`;
}

/** @param by Until when the agent may confirm the cancel, ms since 1970, as `now` is. */
export function cancellingWords(by: number, now: number): string {
  const left = Math.ceil((by - now) / 1000);
  return `ends ${left > 0 ? `in ${left} s` : "now"} if its agent does not answer`;
}

/** A unit whose folders somebody has open; what the agent says of that stands in its message. @param now ms since 1970. */
export function inUseWords({ since, path }: InUse, now: number): string {
  return `waits until nobody has ${path ?? "its folder"} open: in use for ${formatSeconds(Math.max(0, now - since) / 1000)}`;
}

/** An order that would replace what a recovery may bring back. */
export function undecidedWords({ site, definitions }: Undecided): string {
  const what = plural(definitions, "definition");
  return `waits for a decision about ${what} of ${site}: sitewright repair-objects --site ${site}`;
}
