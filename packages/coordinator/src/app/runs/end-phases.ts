import { ENDED_WELL, unitKey, type PhaseState, type RunState, type SitewrightError } from "@sitewright/protocol";
import type { Choice } from "../../domain/runs/backlog.ts";
import { OPEN } from "../../domain/runs/phase.ts";
import { leftOutFailure, leftOutOf } from "../../domain/runs/plan-run.ts";
import type { Preparer } from "./prepare.ts";
import type { Phase, Run } from "../../domain/runs/run.ts";
import { keptBack } from "../../domain/sites/held-back.ts";
import type { Fleet } from "../agents/fleet.ts";
import type { Log } from "../log.ts";
import type { AgentLinks } from "../ports/agents.ts";
import type { Clock } from "../ports/clock.ts";
import { someAtOnce } from "../some-at-once.ts";
import type { SiteView } from "../sites/site-view.ts";
import type { Timings } from "../timings.ts";
import type { Board } from "./board.ts";
import { aboutPhase } from "../live/log-transitions.ts";

interface Endings {
  board: Board;
  clock: Clock;
}

/** Tasks that compare or replace what a system holds with what the site data have. */
const BRINGS_CONTENT: ReadonlySet<Phase["task"]> = new Set(["estimate", "verify", "stage", "activate"]);

const LIVE_STATES: readonly RunState[] = ["running", "paused", "cancelled"];

/** Ends the phases after one that did not end well, or that left them nothing to do. @param over By phase, how. */
export async function endDependents({ board, clock }: Endings, over: Choice["over"]): Promise<void> {
  await someAtOnce(over, ([id, state]) => board.change(id, ["waiting"], (waiting) => ({ ...waiting, state, endedAt: clock() })));
}

export interface Reachability extends Endings {
  links: Pick<AgentLinks, "isConnected">;
  fleet: Pick<Fleet, "unseenFor" | "lastSeen" | "lastSeenHere">;
  timings: Pick<Timings, "awayMs" | "returnMs">;
}

/** Tasks that only read are answered now; orders that change something wait for their agent. */
export async function failUnreachable({ board, clock, links, fleet, timings }: Reachability): Promise<void> {
  for (const [system, ids] of board.asking()) {
    const mayReturn = fleet.lastSeenHere(system) === undefined && fleet.lastSeen(system) !== undefined;
    if (links.isConnected(system) || fleet.unseenFor(system) < (mayReturn ? timings.returnMs : timings.awayMs)) continue;
    const message = `the agent of ${system} is not connected: start it, then start this again`;
    const outcome = { kind: "failed", code: "AGENT_UNREACHABLE", message, retryable: true } as const;
    await someAtOnce([...ids], (id) =>
      board.change(id, ["waiting"], (waiting) => ({ ...waiting, state: "failed", endedAt: clock(), outcome })),
    );
  }
}

export interface HoldingBack extends Endings {
  fleet: Pick<Fleet, "heldUnit">;
  site: Pick<SiteView, "describe">;
  log: Log;
}

/** Why an agent must not be given a phase, by what it holds at this moment. */
export function keptBackNow({ fleet, site }: Pick<HoldingBack, "fleet" | "site">, run: Run, phase: Phase): SitewrightError | undefined {
  return keptBack(run, fleet.heldUnit(phase.system, unitKey(phase.unit)), phase, site.describe);
}

/**
 * Ends a phase that its agent must not be given, and returns whether it did. Decided only now, because the agent may have connected or
 * changed what it holds since the run was planned.
 */
export async function holdBack({ board, clock, fleet, site, log }: HoldingBack, phase: Phase): Promise<boolean> {
  const run = board.runs().get(phase.run);
  if (!run || !BRINGS_CONTENT.has(phase.task)) return false;
  const error = keptBackNow({ fleet, site }, run, phase);
  if (!error) return false;
  log.warn({ ...aboutPhase(phase), code: error.code }, error.message);
  await board.change(phase.id, ["waiting"], (waiting) => ({
    ...waiting,
    state: "failed",
    endedAt: clock(),
    outcome: leftOutFailure(leftOutOf(error)),
  }));
  return true;
}

/** Ends runs of which all phases have ended, and which get no more. */
export async function endRuns({ board, clock, preparer }: Endings & { preparer: Pick<Preparer, "isOpening"> }): Promise<void> {
  for (const run of board.runs().values()) {
    const counts = Object.entries(board.counts(run.id) ?? {}) as [PhaseState, number][];
    const states = counts.flatMap(([state, count]) => (count > 0 ? [state] : []));
    if (run.state === "preparing" || preparer.isOpening(run.id) || states.some((state) => OPEN.includes(state))) continue;
    const good = states.every((state) => ENDED_WELL.has(state)) && !run.problems.some((problem) => problem.leftOut);
    await board.changeRun(run.id, LIVE_STATES, (open) => ({ ...open, state: endState(open, good), endedAt: clock() }));
  }
}

function endState(run: Run, good: boolean): RunState {
  if (run.state === "cancelled") return "cancelled";
  return good ? "done" : "failed";
}
