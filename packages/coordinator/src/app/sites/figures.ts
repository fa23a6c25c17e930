import type { PhaseState, RunState } from "@sitewright/protocol";
import { budgetAt } from "../../domain/addresses/address-schedule.ts";
import { addressesOf } from "../../domain/sites/hierarchy.ts";
import type { Board } from "../runs/board.ts";
import type { AgentLinks } from "../ports/agents.ts";
import type { Clock } from "../ports/clock.ts";
import type { SiteView } from "./site-view.ts";

/** Current figures, from memory alone. */
export interface Figures {
  /** Systems that have a role, and so an agent. */
  agentsKnown: number;
  agentsConnected: number;
  /** Of the runs that have not ended. */
  runs: Record<Extract<RunState, "preparing" | "running" | "paused" | "cancelled">, number>;
  /** Of these runs. */
  phases: Record<PhaseState, number>;
  /** Of these phases: under way without an agent that is connected, and without progress. */
  phasesLost: number;
  phasesStalled: number;
  /** `budget`: in force now, bit/s; absent: unlimited. */
  addresses: { key: string; budget?: number }[];
  siteData: { hasFault: boolean; leftOut: number; notes: number };
}

export function takeFigures({ board, links, site, clock }: { board: Board; links: AgentLinks; site: SiteView; clock: Clock }): Figures {
  const hierarchy = site.hierarchy();
  const { fault, problemCounts } = site.state();
  const runs = { preparing: 0, running: 0, paused: 0, cancelled: 0 };
  const underWay = board.underWay();
  const phases = { waiting: 0, released: 0, running: 0, done: 0, failed: 0, cancelled: 0, skipped: 0, unneeded: 0 };
  for (const { id, state } of board.runs().values()) {
    if (state in runs) runs[state as keyof typeof runs] += 1;
    for (const [ofPhase, count] of Object.entries(board.counts(id) ?? {})) phases[ofPhase as PhaseState] += count;
  }
  return {
    agentsKnown: [...(hierarchy?.systems.values() ?? [])].filter(({ roles }) => roles.length > 0).length,
    agentsConnected: links.connected().length,
    runs,
    phases,
    phasesLost: underWay.filter(({ lostSince }) => lostSince !== undefined).length,
    phasesStalled: underWay.filter(({ stalledSince }) => stalledSince !== undefined).length,
    siteData: { hasFault: fault !== undefined, ...problemCounts },
    addresses: addressesOf(hierarchy).map((address) => {
      const budget = budgetAt(address, clock());
      return { key: address.key, ...(budget === undefined ? {} : { budget }) };
    }),
  };
}
