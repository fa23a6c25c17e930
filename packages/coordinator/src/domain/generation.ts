import { compareGenerations, type Generation } from "@sitewright/protocol";

const FIRST_EPOCH = 1;

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
  const highest = highestGeneration(witnessed);
  if (!highest) return { epoch: FIRST_EPOCH, counter: nowMicros };
  return { epoch: highest.epoch, counter: Math.max(nowMicros, highest.counter + 1) };
}
