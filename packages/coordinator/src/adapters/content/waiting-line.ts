import type { Priority } from "@sitewright/protocol";
import { createFairShares, type FairShares } from "../../domain/lines/fair-shares.ts";

export interface Traffic {
  /** The destination. */
  system: string;
  /** Traffic that the current window does not admit waits for the next one that does; undefined: it waits only for the budget. */
  priority: Priority | undefined;
  /** Another coordinator sends it, slice by slice at the pace of the slowest line: so much is granted at once that few grants are needed. */
  isSentElsewhere?: boolean;
}

export interface Waiter {
  traffic: Traffic;
  want: number;
  grant: (bytes: number) => void;
}

/** The waiters of one line: fair between systems, then between the priorities of each, then in order of arrival. */
export interface WaitingLine {
  join(waiter: Waiter): void;
  leave(waiter: Waiter): void;
  /** Any of them; undefined: there is none. */
  someone(): Waiter | undefined;
  /** One waiter of each system and priority, in the order in which to serve them. `credit`: see `FairShares`. */
  inOrder(credit: number): Waiter[];
  /** The waiter was served this many bytes, and is removed. */
  served(waiter: Waiter, bytes: number, credit: number): void;
}

interface System {
  shares: FairShares<Priority | undefined>;
  /** By priority, the longest waiting first. */
  queues: Map<Priority | undefined, Waiter[]>;
}

export function createWaitingLine(): WaitingLine {
  const shares = createFairShares<string>();
  const systems = new Map<string, System>();

  function leave(waiter: Waiter): void {
    const { system: name, priority } = waiter.traffic;
    const system = systems.get(name);
    const queue = system?.queues.get(priority) ?? [];
    const at = queue.indexOf(waiter);
    if (at >= 0) queue.splice(at, 1);
  }

  /** What one system used of the line is kept for a while after its last waiter, because it returns with the next slice. */
  function systemOf(name: string): System {
    let system = systems.get(name);
    if (!system) systems.set(name, (system = { shares: createFairShares(), queues: new Map() }));
    return system;
  }

  return {
    join(waiter) {
      const { queues } = systemOf(waiter.traffic.system);
      const queue = queues.get(waiter.traffic.priority);
      if (queue) queue.push(waiter);
      else queues.set(waiter.traffic.priority, [waiter]);
    },
    leave,
    someone() {
      for (const { queues } of systems.values()) for (const [waiter] of queues.values()) if (waiter) return waiter;
      return undefined;
    },
    inOrder(credit) {
      const ranked = [...systems].map(([name, system]) => ({ system, rank: shares.rank(name, credit) }));
      return ranked.sort((a, b) => a.rank - b.rank).flatMap(({ system }) => firstOfEach(system, credit));
    },
    served(waiter, bytes, credit) {
      leave(waiter);
      const { system, priority } = waiter.traffic;
      shares.served(system, bytes, credit);
      systems.get(system)?.shares.served(priority, bytes, credit);
    },
  };
}

function firstOfEach({ shares, queues }: System, credit: number): Waiter[] {
  const ranked = [...queues].flatMap(([priority, [waiter]]) => (waiter ? [{ waiter, rank: shares.rank(priority, credit) }] : []));
  return ranked.sort((a, b) => a.rank - b.rank).map(({ waiter }) => waiter);
}
