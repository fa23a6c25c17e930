/** Chooses which of several waiting keys is next: the one that has had least. Idle time gives no claim. */
export interface FairShares<Key> {
  /** The lowest is next. `credit`: bytes that a key which was idle, or returned late, may catch up. */
  rank(key: Key, credit: number): number;
  /** The key got `bytes` now. */
  served(key: Key, bytes: number, credit: number): void;
}

/** Above this number of keys, those without a claim are forgotten. */
const MANY_KEYS = 64;

export function createFairShares<Key>(): FairShares<Key> {
  const had = new Map<Key, number>();
  /** The rank of the key served last. */
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
