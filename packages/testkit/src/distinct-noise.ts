import { createHash } from "node:crypto";

/**
 * Bytes that nothing can compress, the same for the same seed, and of which no two seeds share a piece: for tests that count what crosses a
 * line. (All seeds of `noise` lie on one cycle, so that long ones overlap.)
 */
export function noise(length: number, seed: number): Buffer {
  return createHash("shake256", { outputLength: length }).update(`${seed}`).digest();
}
