import { RUN_KINDS, unitKey, ENDED_WELL } from "@sitewright/protocol";
import type { Phase, RunView, SystemView } from "@sitewright/protocol/api";
import type { Look } from "./words.ts";

export type SystemState = "away" | "unjoined" | "idle" | "connected" | "working" | "failed" | "rebuilt";

export const SYSTEM_STATES: Record<SystemState, Look> = {
  away: { tone: "warn", icon: "away", word: "away" },
  unjoined: { tone: "warn", icon: "away", word: "not joined" },
  idle: { tone: "idle", icon: "dash", word: "no roles" },
  connected: { tone: "info", icon: "link", word: "connected" },
  working: { tone: "info", icon: "work", word: "working" },
  failed: { tone: "bad", icon: "cross", word: "failed" },
  rebuilt: { tone: "ok", icon: "check", word: "rebuilt" },
};

/** The most important fact about a system. @param views The last runs, newest first. */
export function systemState(system: SystemView, views: readonly RunView[]): SystemState {
  if (system.roles.length === 0) return "idle";
  const latest = latestByUnit(system.name, views);
  if (!system.connected) return system.lastSeen === undefined ? "unjoined" : "away";
  const phases = [...latest.values()].flatMap(({ phases: own }) => own);
  if (phases.some(({ state }) => state === "running" || state === "released")) return "working";
  if (phases.some(({ state }) => state === "failed")) return "failed";
  return isRebuilt(system, latest) ? "rebuilt" : "connected";
}

/** Everything assigned is live, and the last run that touched each unit ended well. */
function isRebuilt(system: SystemView, latest: ReadonlyMap<string, LatestRun>): boolean {
  if (system.assigned.length === 0) return false;
  return system.assigned.every((key) => {
    const of = latest.get(key);
    return (
      of !== undefined &&
      (RUN_KINDS[of.view.run.kind].rollsOut || RUN_KINDS[of.view.run.kind].differences === "reported") &&
      of.phases.every(({ state }) => ENDED_WELL.has(state))
    );
  });
}

export interface LatestRun {
  view: RunView;
  phases: Phase[];
}

/** Cache: phases by system, for each list of phases. */
const bySystem = new WeakMap<readonly Phase[], Map<string, Phase[]>>();

function phasesOn(system: string, phases: readonly Phase[]): readonly Phase[] {
  const groups = bySystem.get(phases) ?? Map.groupBy(phases, (phase) => phase.system);
  bySystem.set(phases, groups);
  return groups.get(system) ?? [];
}

/** For each unit of a system (by key) the newest of these runs that was about it; dry runs do not count. */
export function latestByUnit(system: string, views: readonly RunView[]): Map<string, LatestRun> {
  const latest = new Map<string, LatestRun>();
  for (const view of views) {
    if (RUN_KINDS[view.run.kind].isDryRun) continue;
    const own = Map.groupBy(phasesOn(system, view.phases), (phase) => unitKey(phase.unit));
    for (const [key, phases] of own) if (!latest.has(key)) latest.set(key, { view, phases });
  }
  return latest;
}

/** Assigned units of which a generation is served. */
export function liveUnits(system: SystemView): number {
  const assigned = new Set(system.assigned);
  return system.held.filter(({ unit, live }) => live && assigned.has(unitKey(unit))).length;
}
