import type { Board } from "../runs/board.ts";
import type { Canceller } from "../runs/cancel.ts";
import type { Log } from "../log.ts";
import type { AgentLinks } from "../ports/agents.ts";
import type { Clock } from "../ports/clock.ts";
import type { SiteView } from "../sites/site-view.ts";

/** Which systems belong to the hierarchy: others lose their connection, content, tickets and orders. */
export interface Membership {
  /** Called periodically: ends what belongs to systems that were removed from the hierarchy. */
  look(): Promise<void>;
  /** Ends all of that for one system. @param why Reason that its agent is told. */
  shutOut(system: string, why: string): Promise<void>;
}

export interface MembershipDeps {
  board: Board;
  canceller: Pick<Canceller, "cancel">;
  links: AgentLinks;
  site: Pick<SiteView, "hierarchy">;
  clock: Clock;
  log: Log;
  schedule: () => void;
}

/**
 * A system has to be missing for this long before its orders end, ms: a connection can be restored, a cancelled order cannot, and the file
 * read may have been half-written.
 */
const SETTLED_MS = 1_500;

export function createMembership({ board, canceller, links, site, clock, log, schedule }: MembershipDeps): Membership {
  const known = new Set<string>();
  /** Since when, ms since 1970. */
  const missing = new Map<string, number>();

  async function cancelOrders(system: string): Promise<void> {
    const open = board.ofSystem(system);
    if (open.length === 0) return;
    log.warn({ system, orders: open.length }, "the orders of a system that lost its rights are cancelled");
    await canceller.cancel(open);
    schedule();
  }

  return {
    async look() {
      const systems = site.hierarchy()?.systems;
      if (!systems) return;
      for (const system of systems.keys()) {
        known.add(system);
        missing.delete(system);
      }
      const named = new Set(board.systems()).union(known);
      for (const system of named) {
        if (systems.has(system)) continue;
        const since = missing.get(system);
        if (since === undefined) {
          missing.set(system, clock());
          log.warn({ system }, "the hierarchy has this system no more: its agent may not connect");
          await links.end(system, `the hierarchy has no system ${system} any more`);
        } else if (clock() - since >= SETTLED_MS) {
          known.delete(system);
          await cancelOrders(system);
        }
      }
      for (const system of missing.keys()) if (!named.has(system)) missing.delete(system);
    },
    async shutOut(system, why) {
      await links.end(system, why);
      await cancelOrders(system);
    },
  };
}
