import { unitKey, runTotals } from "@sitewright/protocol";
import type { Change, Overview, Phase, Run, RunView, SystemView } from "@sitewright/protocol/api";

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
  if (change.systems.length === 0 && change.held.length === 0 && !change.warnings) return systems;
  const states = new Map(change.systems.map((state) => [state.name, state]));
  const held = new Map(change.held.map((one) => [one.system, one]));
  return systems.map((system) => {
    const { name } = system;
    return foldWarnings(foldHeld(foldState(system, states.get(name)), held.get(name)), change.warnings?.[name]);
  });
}

function foldHeld(system: SystemView, change: Change["held"][number] | undefined): SystemView {
  if (!change) return system;
  const changed = new Set(change.units.map(({ unit }) => unitKey(unit)));
  const others = change.all ? [] : system.held.filter(({ unit }) => !changed.has(unitKey(unit)));
  return { ...system, held: [...others, ...change.units] };
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

/**
 * A run after a change, its totals recomputed from its phases as in the coordinator. The same object when the change does not concern it.
 */
export function foldRun(view: RunView, change: Change): RunView {
  if (change.sequence <= view.sequence) return view;
  const run = change.runs.findLast(({ id }) => id === view.run.id);
  const changed = change.phases.filter((phase) => phase.run === view.run.id);
  if (!run && changed.length === 0) return view;
  const phases = foldPhases(view.phases, changed);
  return {
    run: run ?? view.run,
    phases,
    totals: changed.length > 0 ? runTotals(phases) : view.totals,
    sequence: change.sequence,
  };
}

function foldPhases(phases: Phase[], changed: readonly Phase[]): Phase[] {
  if (changed.length === 0) return phases;
  const byId = new Map(changed.map((phase) => [phase.id, phase]));
  const folded = phases.map((phase) => {
    const newer = byId.get(phase.id);
    byId.delete(phase.id);
    return newer ?? phase;
  });
  return byId.size === 0 ? folded : [...folded, ...byId.values()].sort((a, b) => a.number - b.number);
}
