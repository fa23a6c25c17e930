import type { RecentRuns } from "@sitewright/protocol/api";
import { createRunPages } from "../src/app/runs/pages/run-pages.ts";
import type { Phase, Run } from "../src/domain/runs/run.ts";
import { tableOf } from "../src/domain/runs/table/run-table.ts";
import { finish } from "../src/domain/slices.ts";

/** Runs in numbers, as the coordinator answers them. @param views Newest first; the agents of systems in `away` were connected before. */
export async function summariesOf(views: readonly { run: Run; phases: Phase[] }[], away: readonly string[] = []): Promise<RecentRuns> {
  const phases = views.flatMap((view) => view.phases);
  const tables = new Map(views.map(({ run, phases: own }) => [run.id, finish(tableOf(numbered(own)))]));
  const pages = createRunPages(
    {
      board: {
        tableOf: async (id) => tables.get(id) ?? Promise.reject(new Error(id)),
        find: (id) => phases.find((phase) => phase.id === id),
        systems: () => new Set(phases.map(({ system }) => system)),
        countOfSystem: (name) => phases.filter(({ system }) => system === name).length,
      },
      runStore: { phase: async () => undefined, runs: async () => views.map(({ run }) => run) },
      fleet: { lastSeen: () => 0 },
      links: { isConnected: (name) => !away.includes(name) },
      live: { sequence: () => 1 },
    },
    () => Promise.reject(new Error("not used here")),
  );
  return (await pages.recent()) as RecentRuns;
}

/** With different ids and numbers. */
function numbered(phases: readonly Phase[]): Phase[] {
  return phases.map((phase, number) => ({ ...phase, number }));
}
