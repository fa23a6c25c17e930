import type { Log } from "../../app/log.ts";

/** Notices two agents that run with one key, as on machines that were cloned: they push each other out without end. */
export interface Clones {
  /** An agent has proved who it is. @param instance Of its process; undefined: an earlier version, of which nothing can be told. */
  connected(system: string, instance: string | undefined, address: string): void;
}

/** The same clones are told of again after this time, ms. */
const REPEAT_MS = 3_600_000;

interface Seen {
  instance: string;
  address: string;
}

export function createClones(log: Pick<Log, "warn">, now: () => number): Clones {
  /** Of each system the process that is connected, and the one before it. */
  const seen = new Map<string, { current: Seen; before?: Seen; toldAt?: number }>();
  return {
    connected(system, instance, address) {
      if (instance === undefined) return;
      const known = seen.get(system);
      const current = { instance, address };
      if (!known || known.current.instance === instance) {
        seen.set(system, { ...known, current });
        return;
      }
      // A process that was replaced by another one has not ended: a restart never brings an old one back.
      const isBack = known.before?.instance === instance;
      const tell = isBack && (known.toldAt === undefined || now() - known.toldAt >= REPEAT_MS);
      seen.set(system, { ...known, current, before: known.current, ...(tell ? { toldAt: now() } : {}) });
      if (!tell) return;
      log.warn(
        { system, addresses: [...new Set([known.current.address, address])] },
        `two agents run with the key of ${system} and push each other out, as on a machine that was cloned: stop one of them, and join it again under a name of its own`,
      );
    },
  };
}
