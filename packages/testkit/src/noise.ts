import { createHash } from "node:crypto";

/** Incompressible bytes, the same for the same seed; no two seeds share a piece, so that what is sent of both can be counted. */
export function noise(length: number, seed: number): Buffer {
  return createHash("shake256", { outputLength: length }).update(`${seed}`).digest();
}
