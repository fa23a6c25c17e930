import { compareGenerations } from "@sitewright/protocol";
import type { SavedState } from "../../domain/backup/backup.ts";
import type { Principal } from "../../domain/principal.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { AddressStore } from "../ports/addresses.ts";
import type { AgentRegistry } from "../ports/agents.ts";
import type { RunStore } from "../ports/runs.ts";
import { someAtOnce } from "../some-at-once.ts";

export interface SavedStateStores {
  registry: Pick<AgentRegistry, "joined" | "key" | "restore">;
  runStore: Pick<RunStore, "highestOrdered" | "setHighestOrdered">;
  addresses: Pick<AddressStore, "overrides" | "setOverride">;
}

/** What a backup takes from a running coordinator. */
export interface SavedStates {
  /** Recorded in the ledger first. */
  take(by: Principal): Promise<SavedState & { coordinator: string }>;
}

export function createSavedStates(
  stores: SavedStateStores,
  { ledger, coordinatorId }: { ledger: Pick<Ledger, "record">; coordinatorId: string },
): SavedStates {
  return {
    async take(by) {
      await ledger.record(by, "backup-made");
      return { coordinator: coordinatorId, ...(await readState(stores)) };
    },
  };
}

/** What a backup takes of the stores. */
export async function readState({ registry, runStore, addresses }: SavedStateStores): Promise<SavedState> {
  const agents: SavedState["agents"][number][] = [];
  await someAtOnce(await registry.joined(), async ([system, joinedAt]) => {
    const key = await registry.key(system);
    if (key) agents.push({ system, key: key.toHex(), ...(joinedAt === undefined ? {} : { joinedAt }) });
  });
  agents.sort((a, b) => (a.system < b.system ? -1 : 1));
  const generation = await runStore.highestOrdered();
  return {
    agents,
    ...(generation ? { generation } : {}),
    overrides: Object.fromEntries(await addresses.overrides()),
  };
}

/**
 * Gives the stores of a restored coordinator what they lack; what they know is newer than the backup and stays, such as that an agent was
 * revoked. May be repeated after a crash. @returns The systems whose agents are known by it.
 */
export async function fillStores(state: SavedState, { registry, runStore, addresses }: SavedStateStores): Promise<string[]> {
  const known: string[] = [];
  await someAtOnce(state.agents, async ({ system, key, joinedAt }) => {
    if (await registry.restore(system, { key: Uint8Array.fromHex(key), joinedAt })) known.push(system);
  });
  const present = await addresses.overrides();
  for (const [key, set] of Object.entries(state.overrides)) if (!present.has(key)) await addresses.setOverride(key, set);
  // The last: without it Redis counts as empty, and is filled again after a kill.
  const highest = await runStore.highestOrdered();
  if (state.generation && (!highest || compareGenerations(state.generation, highest) > 0))
    await runStore.setHighestOrdered(state.generation);
  return known.sort();
}
