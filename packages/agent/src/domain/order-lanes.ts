import { unitKey, type Unit } from "@sitewright/protocol";

/** Orders that run at once. */
export const MAX_ORDERS_AT_ONCE = 4;

interface Placed {
  unit: Unit;
}

/**
 * Which waiting orders may start now: one a unit, in order of arrival within the unit, and no more than the limit in all.
 * @param waiting In order of arrival.
 */
export function startable<T extends Placed>(waiting: readonly T[], running: readonly Placed[], limit: number = MAX_ORDERS_AT_ONCE): T[] {
  const taken = new Set(running.map((placed) => unitKey(placed.unit)));
  const chosen: T[] = [];
  for (const candidate of waiting) {
    if (running.length + chosen.length >= limit) break;
    const key = unitKey(candidate.unit);
    if (taken.has(key)) continue;
    taken.add(key);
    chosen.push(candidate);
  }
  return chosen;
}
