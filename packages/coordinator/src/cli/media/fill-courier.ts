import type { Courier, MediaPlan, MediaRequest } from "@sitewright/protocol/api";

/** A plan, and what it comes to on a medium. */
export interface LaidOut {
  plan: MediaPlan;
  volumes: number;
  /** Chunks, each once. */
  bytes: number;
}

export interface Filled extends LaidOut {
  /** What gives this plan, its orders too: with the room that was asked for. */
  request: MediaRequest;
}

/** Plans that are asked for to use the capacity. */
const MOST_ASKED = 8;
/** Of the capacity: less room is not worth one more plan. */
const LEAST_ROOM = 0.01;
const MOST_GROWTH = 4;

/**
 * Uses the courier's capacity. The coordinator counts each unit in full, but a medium has once what units share, and nothing of what a system
 * stated to hold: where that leaves room for what is left to the line, more room is asked for, as long as everything fits.
 */
export async function fillCourier(request: MediaRequest, layOut: (request: MediaRequest) => Promise<LaidOut>): Promise<Filled> {
  let best: Filled = { request, ...(await layOut(request)) };
  const { courier } = request;
  if (courier?.capacity === undefined) return best;
  const { capacity } = courier;
  let [fits, tooMuch] = [capacity, Infinity];
  for (let asked = 1; asked < MOST_ASKED && lacksRoom(best.plan, courier); asked += 1) {
    const growth = Math.min(MOST_GROWTH, capacity / Math.max(1, sizeOf(best)));
    const room = Math.floor(tooMuch < Infinity ? (fits + tooMuch) / 2 : fits * growth);
    if (room - fits < capacity * LEAST_ROOM) break;
    const more = { ...request, courier: { ...courier, capacity: room } };
    const next = { request: more, ...(await layOut(more)) };
    if (sizeOf(next) > capacity) tooMuch = room;
    else [best, fits] = [next, room];
  }
  return best;
}

/** Whether something would go by the medium that has no room on it, or that has room for a part of it. */
export function lacksRoom({ orders, units }: MediaPlan, { arrives }: Courier): boolean {
  return orders.some(({ by, lineAt = Infinity }) => by === "line" && lineAt > arrives) || units.some(({ part }) => part !== undefined);
}

/** With the lists of content, bytes. */
function sizeOf({ plan: { orders, units }, bytes }: LaidOut): number {
  const goes = new Set(orders.flatMap(({ by, unit }) => (by === "medium" ? [unit] : [])));
  return [...goes].reduce((sum, unit) => sum + (units[unit]?.manifestBytes ?? 0), bytes);
}
