import type { Generation, Held, Result } from "@sitewright/protocol";
import { nextGeneration } from "../domain/generation.ts";
import { heldAfter } from "../domain/held.ts";
import type { Phase } from "../domain/run.ts";
import type { AgentRegistry, Clock, StoredInventory } from "./ports.ts";

/** What agents hold, when they were last seen, and the highest generation that anybody has witnessed. */
export interface Fleet {
  /** Inventories of these systems, from the store, where none is known yet. */
  load(systems: Iterable<string>): Promise<void>;
  digest(system: string): string | undefined;
  held(system: string): readonly Held[];
  allHeld(): ReadonlyMap<string, readonly Held[]>;
  setInventory(system: string, inventory: StoredInventory): Promise<void>;
  /** Updates what an agent holds by what it reports, so that nobody has to ask it again. */
  apply(phase: Phase, result: Result): Promise<void>;
  witness(generation: Generation | undefined): void;
  /** Above everything witnessed, and witnessed from now on. */
  next(): Generation;
  seen(system: string): void;
  /** By any coordinator, ms since 1970. */
  lastSeen(system: string): number | undefined;
  /** By this process, ms since 1970. */
  lastSeenHere(system: string): number | undefined;
}

export function createFleet(registry: AgentRegistry, clock: Clock): Fleet {
  const inventories = new Map<string, StoredInventory>();
  const seenAt = new Map<string, number>();
  let highest: Generation | undefined;

  function witness(generation: Generation | undefined): void {
    if (
      generation &&
      (!highest || generation.epoch > highest.epoch || (generation.epoch === highest.epoch && generation.counter > highest.counter))
    )
      highest = generation;
  }

  function keep(system: string, inventory: StoredInventory): void {
    inventories.set(system, inventory);
    for (const { highest: ofUnit, live, staged } of inventory.units)
      for (const generation of [ofUnit, live?.generation, staged?.generation]) witness(generation);
  }

  async function setInventory(system: string, inventory: StoredInventory): Promise<void> {
    await registry.setInventory(system, inventory);
    keep(system, inventory);
  }

  return {
    async load(systems) {
      await Promise.all(
        [...systems].map(async (system) => {
          const stored = inventories.has(system) ? undefined : await registry.inventory(system);
          if (stored && !inventories.has(system)) keep(system, stored);
        }),
      );
    },
    digest: (system) => inventories.get(system)?.digest,
    held: (system) => inventories.get(system)?.units ?? [],
    allHeld: () => new Map([...inventories].map(([system, { units }]) => [system, units])),
    setInventory,
    async apply(phase, { outcome }) {
      if (outcome.kind === "failed") return witness(outcome.held);
      if (outcome.kind === "verified" || outcome.kind === "estimated") return;
      const units = heldAfter(inventories.get(phase.system)?.units ?? [], phase, outcome);
      // Not the agent's own list any more: an empty digest has it sent again with the next connection.
      await setInventory(phase.system, { digest: "", units, seenAt: clock() });
    },
    witness,
    next() {
      highest = nextGeneration([highest], clock() * 1000);
      return highest;
    },
    seen: (system) => void seenAt.set(system, clock()),
    lastSeenHere: (system) => seenAt.get(system),
    lastSeen: (system) => seenAt.get(system) ?? inventories.get(system)?.seenAt,
  };
}
