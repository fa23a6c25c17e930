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

/** Texts and units that are kept for sharing; beyond that, sharing begins again. */
const MOST_SHARED = 200_000;

/** States of one unit that are kept for sharing: few differ, unless its systems get it one by one. */
const MOST_STATES = 8;

/**
 * By unit key. What systems hold is mostly the same: of a thousand of them, each with what it holds as objects and texts of its own, most would
 * be copies. The result shares these with the results before; nobody changes them.
 */
export function createSharing(): (units: readonly Held[]) => Map<string, Held> {
  const texts = new Map<string, string>();
  const units = new Map<string, Unit>();
  const placed = new Map<string, { generation: Generation; manifest: string }>();
  /** By unit, which is shared itself. */
  const states = new Map<Unit, Held[]>();

  function shared<Part>(known: Map<string, Part>, key: string, part: Part): Part {
    const before = known.get(key);
    if (before !== undefined) return before;
    if (known.size >= MOST_SHARED) known.clear();
    known.set(key, part);
    return part;
  }

  function place({ generation, manifest }: NonNullable<Held["live"]>): NonNullable<Held["live"]> {
    return shared(placed, `${generation.epoch}.${generation.counter} ${manifest}`, { generation, manifest: text(manifest) });
  }

  const text = (one: string): string => shared(texts, one, one);

  function share({ unit, live, staged, content, highest, ...rest }: Held): Held {
    const at = live && place(live);
    return known({
      unit: shared(units, unitKey(unit), unit),
      ...rest,
      ...(at ? { live: at } : {}),
      ...(staged ? { staged: place(staged) } : {}),
      ...(content === undefined ? {} : { content: text(content) }),
      ...(highest ? { highest: at && isSame(highest, at.generation) ? at.generation : highest } : {}),
    });
  }

  /** @param held Of shared parts. */
  function known(held: Held): Held {
    const before = states.get(held.unit) ?? [];
    const same = before.find((one) => isAlike(one, held));
    if (same) return same;
    if (states.size >= MOST_SHARED) states.clear();
    states.set(held.unit, [held, ...before.slice(0, MOST_STATES - 1)]);
    return held;
  }

  return (all) => new Map(all.map((held) => [text(unitKey(held.unit)), share(held)]));
}

/** Whether two states of one unit that have shared parts are the same. */
function isAlike(one: Held, other: Held): boolean {
  return (
    one.live === other.live &&
    one.staged === other.staged &&
    one.content === other.content &&
    one.previous === other.previous &&
    one.sourceVersion === other.sourceVersion &&
    one.highestVersion === other.highestVersion &&
    (one.highest === other.highest || (!!one.highest && !!other.highest && isSame(one.highest, other.highest)))
  );
}

function isSame(one: Generation, other: Generation): boolean {
  return one.epoch === other.epoch && one.counter === other.counter;
}
