import { setTimeout as sleep } from "node:timers/promises";
import { SitewrightError, ENDED, runTotals, type ErrorCode } from "@sitewright/protocol";
import type { RunView, Phase, Run } from "@sitewright/protocol/api";
import { events, type Connection } from "./api-client.ts";
import { lookAtLarge, type Look } from "./follow-large.ts";

/** After waiting this long for an absent agent, with no other progress, phases are left to it; ms. */
const SETTLE = 5_000;
/** How long a restarting coordinator is waited for; ms. */
const TIMEOUT = 60_000;

/** Codes of a coordinator or its Redis that is restarting, and of one while another takes over. */
const PASSING: ReadonlySet<ErrorCode> = new Set(["COORDINATOR_UNREACHABLE", "REDIS_UNREACHABLE", "STANDING_BY", "NOT_LEADING", "INTERNAL"]);

/** `settled`: everything that could be done now is done; the rest waits for agents that are not connected. */
export interface Followed {
  view: RunView;
  settled: "ended" | "unreachable";
}

/**
 * Follows a run to its end, across restarts of the coordinator.
 * @param wait Also for agents that are not connected.
 */
export async function follow(connection: Connection, id: string, onView: (view: RunView) => void, wait: boolean): Promise<Followed> {
  const stop = new AbortController();
  let lastHeard = performance.now();
  let look: Look | undefined;
  let idleSince: number | undefined;
  const settled = (): Followed | undefined => {
    if (!look) return undefined;
    const { view, waitsForAgents } = look;
    if (view.run.endedAt !== undefined) return { view, settled: "ended" };
    if (wait || !waitsForAgents) idleSince = undefined;
    else if (performance.now() - (idleSince ??= performance.now()) >= SETTLE) return { view, settled: "unreachable" };
    return undefined;
  };
  const timer = setInterval(() => settled() && stop.abort(), 250);
  try {
    for (;;) {
      try {
        for await (look of looks(connection, id, stop.signal)) {
          lastHeard = performance.now();
          onView(look.view);
          const end = settled();
          if (end) return end;
        }
      } catch (error) {
        const end = settled();
        if (end) return end;
        const known = SitewrightError.from(error);
        if (!PASSING.has(known.code)) throw known;
        if (performance.now() - lastHeard > TIMEOUT) throw known;
      }
      await sleep(500);
    }
  } finally {
    clearInterval(timer);
    stop.abort();
  }
}

/** A run as its events tell it; if it has too many phases for that, as its counters do. */
async function* looks(connection: Connection, id: string, signal: AbortSignal): AsyncGenerator<Look> {
  let view: RunView | undefined;
  try {
    for await (const { event, data } of events(connection, `/api/v1/events?run=${id}`, signal)) {
      view = event === "snapshot" ? (data as RunView) : view && applyChange(view, data as Change);
      if (view) yield { view, waitsForAgents: waitsForAgentsOnly(view) };
    }
  } catch (error) {
    if (SitewrightError.from(error).code !== "RUN_TOO_LARGE") throw error;
    yield* lookAtLarge(connection, id, signal);
  }
}

interface Change {
  sequence: number;
  runs: Run[];
  phases: Phase[];
}

/** The view after a change; totals are recomputed from the phases, as in the coordinator. */
export function applyChange(view: RunView, change: Change): RunView {
  const run = change.runs.findLast((candidate) => candidate.id === view.run.id) ?? view.run;
  const changed = new Map(change.phases.filter((phase) => phase.run === run.id).map((phase) => [phase.id, phase]));
  const phases = view.phases.map((phase) => {
    const newer = changed.get(phase.id);
    changed.delete(phase.id);
    return newer ?? phase;
  });
  if (changed.size > 0) phases.push(...changed.values());
  if (changed.size > 0) phases.sort((a, b) => a.number - b.number);
  return { ...view, run, phases, totals: runTotals(phases), sequence: change.sequence };
}

/** Without progress, and all phases that have not ended wait for absent agents (or come after a phase that does). */
export function waitsForAgentsOnly({ run, phases }: Pick<RunView, "run" | "phases">): boolean {
  if (run.state !== "running") return false;
  const open = phases.filter((phase) => !ENDED.has(phase.state));
  return (
    open.length > 0 &&
    open.every((phase) => phase.state === "waiting" && (phase.waitingFor === "agent-offline" || phase.waitingFor === "earlier-phase"))
  );
}
