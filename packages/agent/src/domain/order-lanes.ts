import { unitKey, type Unit } from "@sitewright/protocol";

/** Orders of one sort that run at once. */
const MAX_ORDERS_AT_ONCE = 4;

interface Placed {
  unit: Unit;
  /** Whether it fetches over the line, which may take hours: such orders must not keep the quick ones waiting. */
  fetches: boolean;
}

/**
 * Which waiting orders may start now: one a unit, in order of arrival within the unit, and no more than the limit of those that
 * fetch, and of the others.
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
    // Also one that finds no lane holds its unit: what came later for it must not pass.
    taken.add(key);
    if (left[sort] <= 0) continue;
    left[sort] -= 1;
    chosen.push(candidate);
  }
  return chosen;
}
