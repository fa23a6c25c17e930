import { compareGenerations, isPlausibleGeneration, LIMITS, type Generation } from "@sitewright/protocol";

const FIRST_EPOCH = 1;

/** Epochs that a coordinator without memory believes of its agents; those above are left to recoveries, whatever agents say. */
const MOST_STATED_EPOCH = 1_000;
/** How far ahead of our clock an agent's statement may lie, microseconds. */
const STATED_AHEAD = 24 * 3600 * 1_000_000;

/**
 * Whether an agent's statement may raise what is ordered next. One that lies further ahead of the clock can only come from orders
 * that we know to have given, or else it is set aside: believed, it would stop all orders for ever.
 * @param nowMicros Microseconds since 1970.
 */
export function isCredible(stated: Generation, nowMicros: number): boolean {
  return stated.epoch <= MOST_STATED_EPOCH && stated.counter <= nowMicros + STATED_AHEAD;
}

export function highestGeneration(witnessed: Iterable<Generation | undefined>): Generation | undefined {
  let highest: Generation | undefined;
  for (const generation of witnessed) {
    if (generation && (!highest || compareGenerations(generation, highest) > 0)) highest = generation;
  }
  return highest;
}

/**
 * Above everything witnessed, and never below the clock: a coordinator that lost its memory still goes up.
 * @param nowMicros Microseconds since 1970.
 */
export function nextGeneration(witnessed: Iterable<Generation | undefined>, nowMicros: number): Generation {
  const highest = highestGeneration([...witnessed].filter((one) => one === undefined || isPlausibleGeneration(one)));
  if (!highest) return { epoch: FIRST_EPOCH, counter: nowMicros };
  // At the very end of the numbers of an epoch the next one begins.
  if (highest.counter >= LIMITS.generationCounter) return { epoch: highest.epoch + 1, counter: nowMicros };
  return { epoch: highest.epoch, counter: Math.max(nowMicros, highest.counter + 1) };
}
