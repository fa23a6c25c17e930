import { SitewrightError } from "@sitewright/protocol";
import type { Fleet } from "./fleet.ts";
import type { Principal } from "../../domain/principal.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Log } from "../log.ts";
import type { Membership } from "./membership.ts";
import type { Clock } from "../ports/clock.ts";
import type { AgentLinks, AgentRegistry } from "../ports/agents.ts";
import type { SiteView } from "../sites/site-view.ts";

/** One name under which an agent has joined or may join. */
export interface AgentEntry {
  system: string;
  /** `removed`: it has a key, and the hierarchy has no such system. */
  state: "connected" | "away" | "not joined" | "removed";
  /** When its key was stored, ms since 1970; absent: not known, or it has no key. */
  joinedAt?: number;
  /** ms since 1970. */
  lastSeen?: number;
  /** While it is connected. */
  version?: string;
  platform?: string;
}

/** Which agents may connect. */
export interface Agents {
  /** By name. */
  list(): Promise<AgentEntry[]>;
  /**
   * Forgets the key of a system and its join tokens, and ends its connection, content streams, tickets and orders. A token made later
   * joins it again. Throws `NOT_FOUND` for a name that neither has joined nor is in the hierarchy.
   * @returns whether it had joined.
   */
  revoke(by: Principal, system: string): Promise<{ system: string; hadJoined: boolean }>;
}

export interface AgentsDeps {
  registry: Pick<AgentRegistry, "joined" | "revoke">;
  links: AgentLinks;
  fleet: Pick<Fleet, "lastSeen">;
  site: Pick<SiteView, "hierarchy">;
  membership: Pick<Membership, "shutOut">;
  ledger: Pick<Ledger, "record">;
  clock: Clock;
  log: Log;
}

export function createAgents({ registry, links, fleet, site, membership, ledger, clock, log }: AgentsDeps): Agents {
  return {
    async list() {
      const joined = await registry.joined();
      const systems = site.hierarchy()?.systems ?? new Map<string, unknown>();
      const names = [...new Set([...systems.keys(), ...joined.keys()])].sort();
      return names.map((system): AgentEntry => {
        const [agent, joinedAt] = [links.agent(system), joined.get(system)];
        const lastSeen = agent ? clock() : fleet.lastSeen(system);
        const state = agent ? "connected" : !joined.has(system) ? "not joined" : systems.has(system) ? "away" : "removed";
        return {
          system,
          state,
          ...(joinedAt === undefined ? {} : { joinedAt }),
          ...(lastSeen === undefined ? {} : { lastSeen }),
          ...(agent ? { version: agent.version, platform: agent.platform } : {}),
        };
      });
    },
    async revoke(by, system) {
      if (!site.hierarchy()?.systems.has(system) && !(await registry.joined()).has(system))
        throw new SitewrightError("NOT_FOUND", `no agent has joined as ${system}: 'sitewright agent list' has all names`);
      await ledger.record(by, "agent-revoked", { about: { system } });
      let hadJoined = false;
      try {
        hadJoined = await registry.revoke(system);
      } finally {
        // Also when the store did not answer: it may have deleted the key despite that.
        await membership.shutOut(system, "an operator revoked this agent: it may join again with a new token");
      }
      log.warn({ system, by: by.name, hadJoined }, "an agent was revoked");
      return { system, hadJoined };
    },
  };
}
