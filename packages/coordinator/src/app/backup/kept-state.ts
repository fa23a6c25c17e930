import { isDeepStrictEqual } from "node:util";
import { SitewrightError } from "@sitewright/protocol";
import { restoredState, type SavedState } from "../../domain/backup/backup.ts";
import type { Log } from "../log.ts";
import { oneAtATime } from "../one-at-a-time.ts";
import type { AddressStore } from "../ports/addresses.ts";
import type { AgentRegistry } from "../ports/agents.ts";
import type { RunStore } from "../ports/runs.ts";
import { fillStores, readState } from "./saved-states.ts";

/** A copy of what no site data and no agent can tell again, beside Redis. */
export interface StateFile {
  /** Undefined: there is none. Throws `DATA_FILE_UNUSABLE`. */
  read(): Promise<SavedState | undefined>;
  write(state: SavedState): Promise<void>;
}

export interface Stores {
  registry: AgentRegistry;
  runStore: RunStore;
  addresses: AddressStore;
}

/** Stores whose keys of agents, settings of addresses and highest generation outlive the loss of Redis. */
export interface KeptState extends Stores {
  /** Redis is back, and may be empty: gives it what it lacks. */
  storeAgain(): Promise<void>;
  /** Writes what has changed. */
  stop(): Promise<void>;
}

/** From a change to its copy: many changes together, ms. A revocation is copied at once. */
const GATHER_MS = 1_000;
/** From a copy that could not be written to the next attempt, ms. */
const RETRY_MS = 10_000;

/**
 * Gives Redis what it lacks of the copy, and keeps that up to date. Where Redis has no generation any more, a new epoch begins: above all that
 * was ordered since the copy was made, also to agents that are away.
 */
export async function keepState(stores: Stores, file: StateFile, log: Log): Promise<KeptState> {
  const { registry, runStore, addresses } = stores;
  const inTurn = oneAtATime();
  const kept = await file.read();
  const state = kept ? await readFilled(kept, stores, log) : await readState(stores);
  const agents = new Map(state.agents.map((agent) => [agent.system, agent]));
  const overrides = new Map(Object.entries(state.overrides));
  let { generation } = state;
  let written = kept;
  let timer: NodeJS.Timeout | undefined;

  const current = (): SavedState => ({
    agents: [...agents.values()],
    ...(generation ? { generation } : {}),
    overrides: Object.fromEntries(overrides),
  });

  /** Throws what the disk reports, and tries again later. */
  async function writeNow(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    try {
      await inTurn(async () => {
        const now = current();
        if (isDeepStrictEqual(now, written)) return;
        await file.write(now);
        written = now;
      });
    } catch (error) {
      log.warn({ error: String(error) }, "the copy of what Redis has could not be written");
      timer ??= setTimeout(() => void write(), RETRY_MS).unref();
      throw error;
    }
  }

  const write = (): Promise<void> => writeNow().catch(() => undefined);

  const changed = (): void => void (timer ??= setTimeout(() => void write(), GATHER_MS));

  await write();
  return {
    registry: {
      ...registry,
      async join(token, agent) {
        await registry.join(token, agent);
        agents.set(agent.system, { system: agent.system, key: agent.key.toHex(), joinedAt: agent.now });
        changed();
      },
      async restore(system, agent) {
        const isKnown = await registry.restore(system, agent);
        const { key, joinedAt } = agent;
        if (isKnown) agents.set(system, { system, key: key.toHex(), ...(joinedAt === undefined ? {} : { joinedAt }) });
        changed();
        return isKnown;
      },
      async revoke(system) {
        const hadKey = await registry.revoke(system);
        agents.delete(system);
        await writeNow().catch((cause: unknown) => {
          const { code, message } = SitewrightError.from(cause);
          const why = "its copy in the data folder could not be written, so that the loss of Redis would let it in again";
          throw new SitewrightError(
            code,
            `the agent of ${system} is revoked, but ${why}: ${message}; repair that, it is tried again by itself`,
            {
              cause,
            },
          );
        });
        return hadKey;
      },
    },
    runStore: {
      ...runStore,
      async setHighestOrdered(highest) {
        await runStore.setHighestOrdered(highest);
        generation = highest;
        changed();
      },
    },
    addresses: {
      ...addresses,
      async setOverride(key, set, change) {
        await addresses.setOverride(key, set, change);
        if (set) overrides.set(key, set);
        else overrides.delete(key);
        changed();
      },
    },
    async storeAgain() {
      await fillStores(current(), stores);
    },
    async stop() {
      if (timer) await write();
    },
  };
}

/** What the stores have once they were given what they lack of the copy. */
async function readFilled(kept: SavedState, stores: Stores, log: Log): Promise<SavedState> {
  for (;;) {
    const isEmpty = await hasLostAll(kept, stores);
    // Redis that is not empty knows which settings there are: the copy may still have one that was removed just before this coordinator ended.
    const lacking = isEmpty ? kept : { ...kept, overrides: {} };
    // Where nothing was ordered yet there is no epoch to end.
    const known = await fillStores(isEmpty && kept.generation ? restoredState(lacking) : lacking, stores);
    if (isEmpty && known.length > 0)
      log.warn({ agents: known.length }, "Redis is empty: it has the agents and the settings of addresses from their copy again");
    const state = await readState(stores);
    const systems = new Set(state.agents.map(({ system }) => system));
    const isStillThere = kept.generation === undefined || (await stores.runStore.highestOrdered()) !== undefined;
    // Otherwise it lost everything meanwhile, and the copy, which is the only one then, would be replaced by what is left.
    if (isStillThere && known.every((system) => systems.has(system))) return state;
  }
}

/** Whether Redis lacks what it had when the copy was made. A hierarchy may have agents before anything was ordered. */
async function hasLostAll(kept: SavedState, { registry, runStore }: Stores): Promise<boolean> {
  if ((await runStore.highestOrdered()) !== undefined) return false;
  return kept.generation !== undefined || (await registry.joined()).size === 0;
}
