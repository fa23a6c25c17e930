/** Who comes next, when several wait for the same: whoever has had least of it. Keys that were idle are not owed for that time. */
export interface FairShares<Key> {
  /** The lower, the sooner. `credit`: bytes that a key which was idle, or came back late, may catch up on. */
  rank(key: Key, credit: number): number;
  /** The key got `bytes` now. */
  served(key: Key, bytes: number, credit: number): void;
}

/** Keys beyond which those that are owed nothing are forgotten. */
const MANY_KEYS = 64;

export function createFairShares<Key>(): FairShares<Key> {
  const had = new Map<Key, number>();
  /** The rank of whoever was served last. */
  let level = 0;

  function rank(key: Key, credit: number): number {
    return Math.max(had.get(key) ?? -Infinity, level - credit);
  }

  return {
    rank,
    served(key, bytes, credit) {
      const start = rank(key, credit);
      level = Math.max(level, start);
      had.set(key, start + bytes);
      if (had.size <= MANY_KEYS) return;
      for (const [other, sum] of had) if (sum <= level - credit) had.delete(other);
    },
  };
}
