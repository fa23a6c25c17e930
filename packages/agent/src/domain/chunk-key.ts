import type { Digest } from "@sitewright/protocol";

/**
 * The first 52 bits of a digest, as a number that is exact. Two chunks of one key are rare and do no harm: whatever is found by a key
 * is verified by the whole digest before it is used.
 */
export function chunkKey(digest: Digest): number {
  return Number.parseInt(digest.slice(0, 13), 16);
}
