import { unitKey, type Unit } from "@sitewright/protocol";

/** Limit of running orders of one sort. */
const MAX_ORDERS_AT_ONCE = 4;

interface Placed {
  unit: Unit;
  /** Whether it fetches over the line, which may take hours: such orders must not delay the quick ones. */
  fetches: boolean;
}

/**
 * Which waiting orders may start now: one per unit, in order of arrival within the unit, with separate limits for those that fetch and the
 * others.
 * @param waiting In order of arrival.
 */
export function startable<T extends Placed>(waiting: readonly T[], running: readonly Placed[], limit: number = MAX_ORDERS_AT_ONCE): T[] {
  const taken = new Set(running.map((placed) => unitKey(placed.unit)));
  const fetching = running.filter((placed) => placed.fetches).length;
  const left = { fetching: limit - fetching, quick: limit - (running.length - fetching) };
  const chosen: T[] = [];
  for (const candidate of waiting) {
    const key = unitKey(candidate.unit);
    const sort = candidate.fetches ? "fetching" : "quick";
    if (taken.has(key)) continue;
    // An order without a free lane also reserves its unit: later ones for it must not pass.
    taken.add(key);
    if (left[sort] <= 0) continue;
    left[sort] -= 1;
    chosen.push(candidate);
  }
  return chosen;
}
