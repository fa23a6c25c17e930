import { type Held, type Result, type Unit, unitKey } from "@sitewright/protocol";
import { createInventoryDraft, heldAfter } from "../../domain/sites/held.ts";
import type { Phase } from "../../domain/runs/run.ts";
import { createAgentWarnings, type AgentWarnings } from "./agent-warnings.ts";
import { createGenerations, type Generations } from "./generations.ts";
import type { LivePublisher } from "../live/live-view.ts";
import type { Log } from "../log.ts";
import type { AgentRegistry, Clock, RunStore, StoredInventory } from "../ports.ts";
import type { SiteView } from "../sites/site-view.ts";

/** What agents hold, when they were last seen, and the highest generation that was ordered or credibly stated. */
export interface Fleet extends AgentWarnings, Pick<Generations, "ordered" | "next"> {
  /** Reads inventories of these systems from the store, where none is known yet. */
  load(systems: Iterable<string>): Promise<void>;
  digest(system: string): string | undefined;
  held(system: string): readonly Held[];
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
  log: Log;
}

export function createFleet({ registry, runStore, site, live, clock, log }: FleetDeps): Fleet {
  const inventories = new Map<string, StoredInventory>();
  /** By system: keys of the units in its inventory that are, or were, described. */
  const described = new Map<string, ReadonlySet<string>>();
  const seenAt = new Map<string, number>();
  /** By system: when its inventory was requested, or its last part arrived, ms since 1970. */
  const expected = new Map<string, number>();
  const generations = createGenerations({ runStore, clock, log });

  function keep(system: string, inventory: StoredInventory): void {
    inventories.set(system, inventory);
    described.delete(system);
    generations.stated(
      system,
      heldIn(inventory).flatMap((held) => [held.highest, held.live?.generation, held.staged?.generation]),
    );
  }

  function isDescribed(system: string, unit: Unit): boolean {
    const key = unitKey(unit);
    if (site.describes(key)) return true;
    let known = described.get(system);
    if (!known) described.set(system, (known = new Set(inventories.get(system)?.units.map((held) => unitKey(held.unit)))));
    return known.has(key);
  }

  async function store(system: string, inventory: StoredInventory): Promise<void> {
    await registry.setInventory(system, inventory);
    keep(system, inventory);
  }

  return {
    ...createAgentWarnings(live, clock),
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
          draft.add(heldIn(stored));
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
    heldBeyond(system) {
      const undescribed = inventories.get(system)?.undescribed;
      return undescribed ? undescribed.count - undescribed.units.length : 0;
    },
    allHeld: () => new Map([...inventories].map(([system, inventory]) => [system, heldIn(inventory)])),
    isDescribed,
    async setInventory(system, inventory) {
      await store(system, inventory);
      expected.delete(system);
      live.held({ system, units: shownOf(inventory), all: true });
    },
    async apply(phase, { outcome }) {
      if (outcome.kind === "failed") return generations.stated(phase.system, [outcome.held]);
      if (outcome.kind === "verified" || outcome.kind === "estimated") return;
      const before = inventories.get(phase.system);
      const isIt = ({ unit }: Held): boolean => unitKey(unit) === unitKey(phase.unit);
      const others = before?.undescribed?.units.filter((held) => !isIt(held)) ?? [];
      const units = heldAfter([...(before?.units ?? []), ...(before?.undescribed?.units.filter(isIt) ?? [])], phase, outcome);
      const undescribed = before?.undescribed && {
        units: others,
        count: before.undescribed.count - before.undescribed.units.length + others.length,
      };
      // No longer the agent's own list: with an empty digest the agent sends it again at the next connection.
      await store(phase.system, { digest: "", units, ...(undescribed ? { undescribed } : {}), seenAt: clock() });
      live.held({ system: phase.system, units: units.filter(isIt), all: false });
    },
    expectInventory(system, isAsked) {
      if (isAsked) expected.set(system, clock());
      else expected.delete(system);
    },
    inventoryAdvances(system) {
      if (expected.has(system)) expected.set(system, clock());
    },
    isExpected: (system) => clock() - (expected.get(system) ?? -Infinity) < INVENTORY_MS,
    seen: (system) => void seenAt.set(system, clock()),
    lastSeenHere: (system) => seenAt.get(system),
    lastSeen: (system) => seenAt.get(system) ?? inventories.get(system)?.seenAt,
  };
}

function heldIn(inventory: StoredInventory | undefined): readonly Held[] {
  if (!inventory?.undescribed) return inventory?.units ?? [];
  return [...inventory.units, ...inventory.undescribed.units];
}

/** Of undescribed units a page shows the first hundred. */
function shownOf({ units, undescribed }: StoredInventory): readonly Held[] {
  return undescribed ? [...units, ...undescribed.units.slice(0, MOST_OTHERS)] : units;
}
