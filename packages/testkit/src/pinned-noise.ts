/** Replaces the seed 0, for which xorshift yields only zeros. */
const FOR_ZERO = 0x9e3779b9;

/** Pseudo-random bytes (xorshift32) on which pinned cuts and manifests rest. All seeds lie on one cycle: long pieces of two of them may overlap. */
export function pinnedNoise(length: number, seed: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let state = seed === 0 ? FOR_ZERO : seed;
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state;
  }
  return bytes;
}
