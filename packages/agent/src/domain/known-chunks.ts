import type { Digest } from "@sitewright/protocol";
import { chunkKey } from "./chunk-key.ts";

/**
 * Chunks with a number for each, compact: a million of them take 24 MB. Keys are short (see `chunkKey`), so that once in a while it
 * knows a chunk that it was never told of.
 */
export interface KnownChunks {
  /** Does nothing for a chunk that is known. */
  add(digest: Digest, number: number): void;
  get(digest: Digest): number | undefined;
}

const SMALLEST = 1024;
/** Cells that may be taken, of all. */
const FULL = 0.7;

/** A hash table with open addressing; the key 0 means an empty cell. */
export function createKnownChunks(): KnownChunks {
  let keys = new Float64Array(SMALLEST);
  let numbers = new Uint32Array(SMALLEST);
  let taken = 0;

  /** Where the key is, or belongs. Digests are as good as random: their last bits will do. */
  function cellOf(key: number): number {
    const mask = keys.length - 1;
    let cell = (key % 2 ** 30) & mask;
    while (keys[cell] !== 0 && keys[cell] !== key) cell = (cell + 1) & mask;
    return cell;
  }

  function put(key: number, number: number): void {
    const cell = cellOf(key);
    if (keys[cell] === key) return;
    keys[cell] = key;
    numbers[cell] = number;
    taken += 1;
  }

  function grow(): void {
    const before = { keys, numbers };
    keys = new Float64Array(before.keys.length * 2);
    numbers = new Uint32Array(keys.length);
    taken = 0;
    before.keys.forEach((key, i) => {
      if (key !== 0) put(key, before.numbers[i] as number);
    });
  }

  return {
    add(digest, number) {
      if (taken >= keys.length * FULL) grow();
      put(chunkKey(digest) + 1, number);
    },
    get(digest) {
      const key = chunkKey(digest) + 1;
      const cell = cellOf(key);
      return keys[cell] === key ? numbers[cell] : undefined;
    },
  };
}
