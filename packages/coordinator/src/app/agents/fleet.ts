import { type Generation, type Held, type Result, type Unit, unitKey } from "@sitewright/protocol";
import { createInventoryDraft, createSharing, heldAfter } from "../../domain/sites/held.ts";
import type { Phase } from "../../domain/runs/run.ts";
import { createAgentWarnings, type AgentWarnings } from "./agent-warnings.ts";
import { createGenerations, type Generations } from "./generations.ts";
import type { LivePublisher } from "../live/live-view.ts";
import type { Log } from "../log.ts";
import type { AgentRegistry, StoredInventory } from "../ports/agents.ts";
import type { Clock } from "../ports/clock.ts";
import type { RunStore } from "../ports/runs.ts";
import type { SiteView } from "../sites/site-view.ts";

/** What agents hold, when they were last seen, and the highest generation that was ordered or credibly stated. */
export interface Fleet extends AgentWarnings, Pick<Generations, "ordered" | "next"> {
  /** Reads inventories of these systems from the store, where none is known yet. */
  load(systems: Iterable<string>): Promise<void>;
  digest(system: string): string | undefined;
  held(system: string): readonly Held[];
  /** What a system holds of one unit, by unit key. */
  heldUnit(system: string, unit: string): Held | undefined;
  /** When what is known of it was stated last, ms since 1970. */
  statedAt(system: string): number | undefined;
  /** Number of units that the agent stated beyond those in `held`: they are not described, and too many to keep. */
  heldBeyond(system: string): number;
  allHeld(): ReadonlyMap<string, readonly Held[]>;
  /** Whether the site data describe a unit now, or did when this system's last inventory arrived. */
  isDescribed(system: string, unit: Unit): boolean;
  setInventory(system: string, inventory: StoredInventory): Promise<void>;
  /** Its agent has connected, and was asked for its inventory or not. Until that arrives, what is known of the system may be outdated. */
  expectInventory(system: string, isAsked: boolean): void;
  /** A part of it arrived. */
  inventoryAdvances(system: string): void;
  isExpected(system: string): boolean;
  /** Updates what an agent holds from its results, so that its inventory need not be requested again. */
  apply(phase: Phase, result: Result): Promise<void>;
  seen(system: string): void;
  /** By any coordinator, ms since 1970. */
  lastSeen(system: string): number | undefined;
  /** ms since this process saw it connect or disconnect, or since it started. */
  unseenFor(system: string): number;
  /** By this process, ms since 1970. */
  lastSeenHere(system: string): number | undefined;
}

/** An agent that was asked for its inventory and sends no part of it for this long is ordered by what is known of it, ms. */
const INVENTORY_MS = 10_000;
/** Limit of undescribed units of one system on a page. */
export const MOST_OTHERS = 100;

export interface FleetDeps {
  registry: AgentRegistry;
  runStore: Pick<RunStore, "highestOrdered" | "setHighestOrdered">;
  site: Pick<SiteView, "describes">;
  live: Pick<LivePublisher, "held" | "warnings">;
  clock: Clock;
  steady: Clock;
  log: Log;
}

/** What one agent holds. */
interface Inventory extends Pick<StoredInventory, "digest" | "seenAt"> {
  /** By unit key: what the site data describe, or did. */
  described: Map<string, Held>;
  /** By unit key: the first of the others. */
  others: Map<string, Held>;
  /** Number of further ones. */
  beyond: number;
}

export function createFleet({ registry, runStore, site, live, clock, steady, log }: FleetDeps): Fleet {
  const inventories = new Map<string, Inventory>();
  const startedAt = steady();
  /** When each system was seen last: ms since 1970, and by the steady clock. */
  const seen = new Map<string, { at: number; steadilyAt: number }>();
  /** By system: when its inventory was requested, or its last part arrived, by the steady clock. */
  const expected = new Map<string, number>();
  const generations = createGenerations({ runStore, clock, log });
  const byUnit = createSharing();

  function keep(system: string, { digest, seenAt: at, units, undescribed }: StoredInventory): Inventory {
    const inventory = {
      digest,
      seenAt: at,
      described: byUnit(units),
      others: byUnit(undescribed?.units ?? []),
      beyond: undescribed ? undescribed.count - undescribed.units.length : 0,
    };
    inventories.set(system, inventory);
    noteGenerations(system, heldIn(inventory));
    return inventory;
  }

  function noteGenerations(system: string, units: readonly Held[]): void {
    const all: (Generation | undefined)[] = [];
    for (const { highest, live, staged } of units) all.push(highest, live?.generation, staged?.generation);
    generations.stated(system, all);
  }

  function heldUnit(system: string, unit: string): Held | undefined {
    const inventory = inventories.get(system);
    return inventory?.described.get(unit) ?? inventory?.others.get(unit);
  }

  return {
    ...createAgentWarnings(live, steady),
    ordered: generations.ordered,
    next: generations.next,
    async load(systems) {
      await generations.load();
      await Promise.all(
        [...systems].map(async (system) => {
          const stored = inventories.has(system) ? undefined : await registry.inventory(system);
          if (!stored || inventories.has(system)) return;
          const { undescribed: before, ...rest } = stored;
          // Earlier coordinators stored unlimited inventories.
          const draft = createInventoryDraft((unit) => site.describes(unitKey(unit)));
          draft.add([...stored.units, ...(before?.units ?? [])]);
          const { units, undescribed } = draft.end();
          const count = (undescribed?.count ?? 0) + (before ? before.count - before.units.length : 0);
          const isWhole = count === (undescribed?.units.length ?? 0);
          keep(system, {
            ...rest,
            ...(isWhole ? {} : { digest: "" }),
            units,
            ...(count > 0 ? { undescribed: { units: undescribed?.units ?? [], count } } : {}),
          });
        }),
      );
    },
    digest: (system) => inventories.get(system)?.digest,
    held: (system) => heldIn(inventories.get(system)),
    heldUnit,
    statedAt: (system) => inventories.get(system)?.seenAt,
    heldBeyond: (system) => inventories.get(system)?.beyond ?? 0,
    allHeld: () => new Map([...inventories].map(([system, inventory]) => [system, heldIn(inventory)])),
    isDescribed: (system, unit) => site.describes(unitKey(unit)) || inventories.get(system)?.described.has(unitKey(unit)) === true,
    async setInventory(system, inventory) {
      await registry.setInventory(system, inventory);
      keep(system, inventory);
      expected.delete(system);
      live.held(system);
    },
    async apply({ system, ...phase }, { outcome }) {
      if (outcome.kind === "failed") return generations.stated(system, [outcome.held]);
      if (outcome.kind === "verified" || outcome.kind === "estimated") return;
      const unit = unitKey(phase.unit);
      const held = heldAfter(heldUnit(system, unit), phase, outcome);
      await registry.addHeld(system, { held, seenAt: clock() });
      const inventory = inventories.get(system) ?? keep(system, { digest: "", units: [], seenAt: 0 });
      inventory.described.set(unit, held);
      inventory.others.delete(unit);
      // No longer the agent's own list: without a digest the agent sends it again at the next connection.
      Object.assign(inventory, { digest: "", seenAt: clock() });
      noteGenerations(system, [held]);
      live.held(system);
    },
    expectInventory(system, isAsked) {
      if (isAsked) expected.set(system, steady());
      else expected.delete(system);
    },
    inventoryAdvances(system) {
      if (expected.has(system)) expected.set(system, steady());
    },
    isExpected: (system) => steady() - (expected.get(system) ?? -Infinity) < INVENTORY_MS,
    seen: (system) => void seen.set(system, { at: clock(), steadilyAt: steady() }),
    unseenFor: (system) => steady() - (seen.get(system)?.steadilyAt ?? startedAt),
    lastSeenHere: (system) => seen.get(system)?.at,
    lastSeen: (system) => seen.get(system)?.at ?? inventories.get(system)?.seenAt,
  };
}

function heldIn(inventory: Inventory | undefined): readonly Held[] {
  return inventory ? [...inventory.described.values(), ...inventory.others.values()] : [];
}
