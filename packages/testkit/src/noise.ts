/** Stands for the seed 0, of which xorshift makes nothing but zeros. */
const FOR_ZERO = 0x9e3779b9;

/** Pseudo-random bytes (xorshift32) that nothing can compress, the same everywhere for the same seed. The pinned cuts of the chunker rest on them. */
export function noise(length: number, seed: number): Buffer {
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
