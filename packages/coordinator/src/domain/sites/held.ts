import { unitKey, type Generation, type Held, type Outcome, type Unit } from "@sitewright/protocol";

/** What an agent holds of a unit after this outcome of one of its orders, as far as the outcome shows. */
export function heldAfter(
  known: Held | undefined,
  done: { unit: Unit; generation: Generation; manifest?: string; sourceVersion: number; content?: string },
  outcome: Outcome,
): Held {
  const { unit, generation, manifest, sourceVersion, content } = done;
  const before = known ?? { unit, previous: false, sourceVersion: 0 };
  switch (outcome.kind) {
    case "staged": {
      if (manifest === undefined) return before;
      const { content: _, ...rest } = before;
      const named = { sourceVersion, ...(content === undefined ? {} : { content }) };
      return { ...rest, highest: generation, staged: { generation, manifest }, ...named };
    }
    case "activated": {
      const { staged, ...rest } = before;
      return { ...rest, highest: generation, previous: outcome.previous, ...(staged ? { live: staged } : {}) };
    }
    case "undone": {
      // Its version is in the agent's next inventory.
      const { content: _, ...rest } = before;
      return { ...rest, highest: generation, live: { generation, manifest: outcome.manifest }, previous: false, sourceVersion: 0 };
    }
    case "removed": {
      const { live: _, staged: __, ...rest } = before;
      return { ...rest, highest: generation, previous: false };
    }
    case "failed":
    case "verified":
    case "estimated":
      return before;
  }
}

/** Undescribed units are kept up to this number, sorted by name: an agent may state any number. */
const MOST_UNDESCRIBED = 1_000;

/** Collects an agent's inventory part by part, in bounded memory. */
export interface InventoryDraft {
  add(units: readonly Held[]): void;
  end(): { units: Held[]; undescribed?: { units: Held[]; count: number } };
}

export function createInventoryDraft(isDescribed: (unit: Unit) => boolean): InventoryDraft {
  const described = new Map<string, Held>();
  const others = new Map<string, Held>();
  let beyond = 0;
  return {
    add(units) {
      for (const held of units) {
        const key = unitKey(held.unit);
        if (isDescribed(held.unit)) described.set(key, held);
        else if (others.has(key) || others.size < MOST_UNDESCRIBED) others.set(key, held);
        else beyond += 1;
      }
    },
    end() {
      const units = [...described.values()];
      return others.size === 0 ? { units } : { units, undescribed: { units: [...others.values()], count: others.size + beyond } };
    },
  };
}
