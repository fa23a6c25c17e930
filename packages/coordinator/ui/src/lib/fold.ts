import type { Change, Overview, Run, RunSummary, SystemView } from "@sitewright/protocol/api";

/** Runs that the overview lists. */
const LISTED = 10;

/** The overview after a change. */
export function foldOverview(overview: Overview, change: Change): Overview {
  if (change.sequence <= overview.sequence) return overview;
  return {
    ...overview,
    runs: foldRuns(overview.runs, change.runs).slice(0, LISTED),
    systems: foldSystems(overview.systems, change),
    siteData: change.siteData ?? overview.siteData,
    sequence: change.sequence,
  };
}

/** A list of runs, newest first, after a change; new ones are added. */
export function foldRuns(runs: readonly Run[], changed: readonly Run[]): Run[] {
  if (changed.length === 0) return [...runs];
  const byId = new Map([...runs, ...changed].map((run) => [run.id, run]));
  return [...byId.values()].sort((a, b) => b.createdAt - a.createdAt);
}

function foldSystems(systems: SystemView[], change: Change): SystemView[] {
  if (change.systems.length === 0 && !change.warnings) return systems;
  const states = new Map(change.systems.map((state) => [state.name, state]));
  return systems.map((system) => {
    const { name } = system;
    return foldWarnings(foldState(system, states.get(name)), change.warnings?.[name]);
  });
}

function foldWarnings(system: SystemView, warnings: readonly string[] | undefined): SystemView {
  if (!warnings) return system;
  const { warnings: _, ...rest } = system;
  return warnings.length > 0 ? { ...rest, warnings: [...warnings] } : rest;
}

function foldState(system: SystemView, change: Change["systems"][number] | undefined): SystemView {
  if (!change) return system;
  const { since: _, ...rest } = system;
  return {
    ...rest,
    connected: change.connected,
    ...(change.since === undefined ? {} : { since: change.since }),
    ...(change.lastSeen === undefined ? {} : { lastSeen: change.lastSeen }),
  };
}

/** A run in numbers with its newest state, if it is this one. */
export function withRun(summary: RunSummary, run: Run): RunSummary {
  return summary.run.id === run.id ? { ...summary, run } : summary;
}
