import { setTimeout as sleep } from "node:timers/promises";
import type { RowState } from "@sitewright/protocol";
import type { RowPage, RunSummary, RunView } from "@sitewright/protocol/api";
import { call, type Connection } from "./api-client.ts";

/** Between two looks, ms. */
const AGAIN = 1_000;

/** Of the units that failed: their phases are shown. */
const FAILED: RowState = "failed";

/** What is known of a run at a moment. */
export interface Look {
  view: RunView;
  /** Nothing advances, and everything that is left waits for agents that are not connected. */
  waitsForAgents: boolean;
}

/**
 * Looks at a run that has too many phases to get them all: its views have the totals of all, and the phases of the first units that failed.
 * Ends when the caller does.
 */
export async function* lookAtLarge(connection: Connection, id: string, signal: AbortSignal): AsyncGenerator<Look> {
  while (!signal.aborted) {
    const { run, totals, conditions, sequence } = await call<RunSummary>(connection, "GET", `/api/v1/runs/${id}/summary`);
    const failed = totals.failed + totals.cancelled > 0 ? await failedUnits(connection, id) : [];
    const open = Object.values(conditions).reduce((sum, count) => sum + count, 0);
    const waitsForAgents = run.state === "running" && totals.running === 0 && open > 0 && conditions["waiting-for-agent"] === open;
    yield { view: { run, phases: failed, totals, sequence }, waitsForAgents };
    await sleep(AGAIN);
  }
}

async function failedUnits(connection: Connection, id: string): Promise<RunView["phases"]> {
  const { rows } = await call<RowPage>(connection, "GET", `/api/v1/runs/${id}/units?state=${FAILED}`);
  return rows.flatMap(({ phases }) => phases);
}
