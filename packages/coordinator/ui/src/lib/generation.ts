import { formatGeneration, type Generation } from "@sitewright/protocol";
import { formatMoment } from "./format.ts";

/** Generations count in microseconds since 1970, so each says when it was planned. */
export function generationWords(generation: Generation): { short: string; exact: string } {
  return { short: formatMoment(generation.counter / 1000), exact: formatGeneration(generation) };
}
