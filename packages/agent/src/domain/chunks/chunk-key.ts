import type { Digest } from "@sitewright/protocol";

const DIGITS = 13;

/**
 * The first 52 bits of a digest, as a number that is exact. Two chunks of one key are rare and do no harm: whatever is found by a key
 * is verified by the whole digest before it is used.
 */
export function chunkKey(digest: Digest): number {
  let key = 0;
  for (let i = 0; i < DIGITS; i++) {
    const code = digest.charCodeAt(i);
    key = key * 16 + (code < 0x3a ? code - 0x30 : code - 0x57); // by hand, since this is done for each chunk several times
  }
  return key;
}
