import { compareGenerations, formatGeneration, type Generation, type Held, type Result, type Unit, unitKey } from "@sitewright/protocol";
import { highestGeneration, isCredible, nextGeneration } from "../../domain/sites/generation.ts";
import { createInventoryDraft, heldAfter } from "../../domain/sites/held.ts";
import type { Phase } from "../../domain/runs/run.ts";
import type { LivePublisher } from "../runs/live-view.ts";
import type { Log } from "../log.ts";
import type { AgentRegistry, Clock, RunStore, StoredInventory } from "../ports.ts";
import type { SiteView } from "../sites/site-view.ts";

/** What agents hold, when they were last seen, and the highest generation that was ordered or credibly stated. */
export interface Fleet {
  /** Inventories of these systems, from the store, where none is known yet. */
  load(systems: Iterable<string>): Promise<void>;
  digest(system: string): string | undefined;
  held(system: string): readonly Held[];
  /** Units that the agent stated beyond those in `held`: nobody describes them, and there are too many to keep. */
  heldBeyond(system: string): number;
  allHeld(): ReadonlyMap<string, readonly Held[]>;
  /** Whether the site data describe a unit now, or did when this system's last inventory came. */
  isDescribed(system: string, unit: Unit): boolean;
  setInventory(system: string, inventory: StoredInventory): Promise<void>;
  /** Its agent has connected, and was asked for its inventory or not. Until it came, what is known of the system may be another time's. */
  expectInventory(system: string, isAsked: boolean): void;
  /** A part of it came. */
  inventoryAdvances(system: string): void;
  isExpected(system: string): boolean;
  /** Updates what an agent holds by what it reports, so that nobody has to ask it again. */
  apply(phase: Phase, result: Result): Promise<void>;
  /** A generation that was given to an order. */
  ordered(generation: Generation): void;
  /** Above everything ordered or credibly stated; written down before it is given out. */
  next(): Promise<Generation>;
  /** What an agent says that keeps it from its work. Forgotten when it disconnects: it says it again. */
  setWarnings(system: string, texts: readonly string[]): void;
  /** Two agents have just pushed each other out under this name. */
  setCloned(system: string, text: string): void;
  warnings(system: string): string[];
  seen(system: string): void;
  /** By any coordinator, ms since 1970. */
  lastSeen(system: string): number | undefined;
  /** By this process, ms since 1970. */
  lastSeenHere(system: string): number | undefined;
}

/** An agent that was asked for its inventory and sends no part of it for so long is ordered by what is known of it, ms. */
const INVENTORY_MS = 10_000;
/** Two agents with one key come back every few seconds; so long after the last time they are taken to have stopped, ms. */
const CLONED_MS = 5 * 60_000;
/** Units that nobody describes, of one system, on a page. */
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
  /** By system: keys of the units that its inventory has and that are, or were, described. */
  const described = new Map<string, ReadonlySet<string>>();
  const seenAt = new Map<string, number>();
  const warnings = new Map<string, readonly string[]>();
  /** By system: what is said of two agents with one key, and until when, ms since 1970. */
  const cloned = new Map<string, { text: string; until: number }>();
  /** By system: when its inventory was asked for, or its last part came, ms since 1970. */
  const expected = new Map<string, number>();
  let highest: Generation | undefined;

  function ordered(generation: Generation | undefined): void {
    highest = highestGeneration([highest, generation]);
  }

  /** What an agent says of itself counts only as far as it may be true. */
  function stated(system: string, generations: readonly (Generation | undefined)[]): void {
    const top = highestGeneration(generations);
    if (top && (!highest || compareGenerations(top, highest) > 0) && !isCredible(top, clock() * 1000)) {
      log.warn(
        { system, stated: formatGeneration(top) },
        "the agent states a generation that nobody can have ordered by now: it is set aside, see 'Generations that are too high' in docs/operations.md",
      );
    }
    ordered(highestGeneration(generations.filter((one) => one && isCredible(one, clock() * 1000))));
  }

  function keep(system: string, inventory: StoredInventory): void {
    inventories.set(system, inventory);
    described.delete(system);
    stated(
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

  function warningsOf(system: string): string[] {
    const clone = cloned.get(system);
    return [...(clone && clone.until > clock() ? [clone.text] : []), ...(warnings.get(system) ?? [])];
  }

  async function store(system: string, inventory: StoredInventory): Promise<void> {
    await registry.setInventory(system, inventory);
    keep(system, inventory);
  }

  return {
    async load(systems) {
      ordered(await runStore.highestOrdered());
      await Promise.all(
        [...systems].map(async (system) => {
          const stored = inventories.has(system) ? undefined : await registry.inventory(system);
          if (!stored || inventories.has(system)) return;
          const { undescribed: before, ...rest } = stored;
          // Earlier coordinators kept whatever came.
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
      if (outcome.kind === "failed") return stated(phase.system, [outcome.held]);
      if (outcome.kind === "verified" || outcome.kind === "estimated") return;
      const before = inventories.get(phase.system);
      const isIt = ({ unit }: Held): boolean => unitKey(unit) === unitKey(phase.unit);
      const others = before?.undescribed?.units.filter((held) => !isIt(held)) ?? [];
      const units = heldAfter([...(before?.units ?? []), ...(before?.undescribed?.units.filter(isIt) ?? [])], phase, outcome);
      const undescribed = before?.undescribed && {
        units: others,
        count: before.undescribed.count - before.undescribed.units.length + others.length,
      };
      // Not the agent's own list any more: an empty digest has it sent again with the next connection.
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
    ordered,
    async next() {
      const next = nextGeneration([highest], clock() * 1000);
      ordered(next);
      await runStore.setHighestOrdered(next);
      return next;
    },
    setWarnings(system, texts) {
      if (texts.length > 0) warnings.set(system, texts);
      else warnings.delete(system);
      live.warnings(system, warningsOf(system));
    },
    setCloned(system, text) {
      cloned.set(system, { text, until: clock() + CLONED_MS });
      live.warnings(system, warningsOf(system));
    },
    warnings: warningsOf,
    seen: (system) => void seenAt.set(system, clock()),
    lastSeenHere: (system) => seenAt.get(system),
    lastSeen: (system) => seenAt.get(system) ?? inventories.get(system)?.seenAt,
  };
}

function heldIn(inventory: StoredInventory | undefined): readonly Held[] {
  if (!inventory?.undescribed) return inventory?.units ?? [];
  return [...inventory.units, ...inventory.undescribed.units];
}

/** Of units that nobody describes a page shows the first hundred. */
function shownOf({ units, undescribed }: StoredInventory): readonly Held[] {
  return undescribed ? [...units, ...undescribed.units.slice(0, MOST_OTHERS)] : units;
}
