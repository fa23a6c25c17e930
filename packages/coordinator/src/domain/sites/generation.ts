import { compareGenerations, isPlausibleGeneration, LIMITS, type Generation } from "@sitewright/protocol";

const FIRST_EPOCH = 1;

/** Highest epoch that a coordinator without memory accepts from its agents; those above are left to recoveries. */
const MOST_STATED_EPOCH = 1_000;
/** How far ahead of the coordinator's clock an agent's statement may be, microseconds. */
const STATED_AHEAD = 24 * 3600 * 1_000_000;

/**
 * Whether an agent's statement may raise what is ordered next. One further ahead of the clock is set aside unless this coordinator gave
 * such an order: if accepted, it would block all orders permanently.
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
 * Above everything witnessed, and never below the clock: generations rise even after the coordinator lost its memory.
 * @param nowMicros Microseconds since 1970.
 */
export function nextGeneration(witnessed: Iterable<Generation | undefined>, nowMicros: number): Generation {
  const highest = highestGeneration([...witnessed].filter((one) => one === undefined || isPlausibleGeneration(one)));
  if (!highest) return { epoch: FIRST_EPOCH, counter: nowMicros };
  // After the last number of an epoch the next epoch begins.
  if (highest.counter >= LIMITS.generationCounter) return { epoch: highest.epoch + 1, counter: nowMicros };
  return { epoch: highest.epoch, counter: Math.max(nowMicros, highest.counter + 1) };
}
