import type { AgentContent } from "../app/agents/agent-content.ts";
import { createAgentEvents } from "../app/agents/agent-events.ts";
import { createAgents, type Agents } from "../app/agents/agents.ts";
import { createContentRights } from "../app/agents/content-rights.ts";
import { createLogBook, type LogBook } from "../app/agents/log-book.ts";
import { createMembership, type Membership } from "../app/agents/membership.ts";
import { createSiteBackups, type SiteBackups } from "../app/agents/site-backups.ts";
import type { AgentEvents } from "../app/ports/agents.ts";
import type { ContentRights } from "../app/ports/content.ts";
import { createAcks, type Acks } from "../app/runs/acks.ts";
import { createResults } from "../app/runs/results.ts";
import type { Timings } from "../app/timings.ts";
import type { Runs } from "./runs.ts";
import type { CoreDeps, State } from "./state.ts";

/** Handles messages of agents, and decides what agents may have. */
export interface AgentParts {
  acks: Acks;
  agents: Agents;
  agentEvents: AgentEvents;
  contentRights: ContentRights;
  logBook: LogBook;
  siteBackups: SiteBackups;
  membership: Membership;
}

export interface AgentsNeeds {
  timings: Timings;
  agentContent: AgentContent;
}

export function wireAgents(deps: CoreDeps, state: State, runs: Runs, { timings, agentContent }: AgentsNeeds): AgentParts {
  const { ledger, runStore, registry, logs, links, clock, steady, log } = deps;
  const { board, fleet, live, site, measured, contentSent } = state;
  const { canceller, ordersOut, supervisor } = runs;
  const schedule = state.workChanged.publish;
  const acks = createAcks(registry, links);
  const logBook = createLogBook({ board, runStore, links, site, logs, timeoutMs: timings.logMs });
  const siteBackups = createSiteBackups({ links, site, ledger, timeoutMs: timings.logMs });
  const membership = createMembership({ board, canceller, links, site, clock: steady, log, schedule });
  const results = createResults({ board, runStore, fleet, canceller, ordersOut, clock, log, schedule });
  return {
    acks,
    agents: createAgents({ registry, links, site, fleet, membership, ledger, clock, log }),
    agentEvents: createAgentEvents({
      acks,
      agentContent,
      siteBackups,
      board,
      canceller,
      fleet,
      runStore,
      links,
      live,
      logBook,
      results,
      supervisor,
      clock,
      log,
      schedule,
    }),
    contentRights: createContentRights({ board, measured, fleet, site, clock, contentSent }),
    logBook,
    siteBackups,
    membership,
  };
}
