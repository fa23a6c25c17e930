import type { Digest } from "@sitewright/protocol";

/**
 * Chunks by their `chunkKey`, with a number for each, compact: a million of them take 24 MB. Because keys are short, it occasionally knows
 * a chunk that was never added.
 */
export interface KnownChunks {
  set(key: number, number: number): void;
  get(key: number): number | undefined;
}

const SMALLEST = 1024;
/** Maximum share of used cells. */
const FULL = 0.7;

/** A hash table with open addressing; 0 means an empty cell, so that keys are kept one higher. */
export function createKnownChunks(): KnownChunks {
  let keys = new Float64Array(SMALLEST);
  let numbers = new Uint32Array(SMALLEST);
  let taken = 0;

  /** Where the key is, or belongs. Digests are random: their last bits suffice as a hash. */
  function cellOf(key: number): number {
    const mask = keys.length - 1;
    let cell = (key % 2 ** 30) & mask;
    while (keys[cell] !== 0 && keys[cell] !== key) cell = (cell + 1) & mask;
    return cell;
  }

  function put(key: number, number: number): void {
    const cell = cellOf(key);
    if (keys[cell] !== key) taken += 1;
    keys[cell] = key;
    numbers[cell] = number;
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
    set(key, number) {
      if (taken >= keys.length * FULL) grow();
      put(key + 1, number);
    },
    get(key) {
      const cell = cellOf(key + 1);
      return keys[cell] === key + 1 ? numbers[cell] : undefined;
    },
  };
}

const DIGITS = 13;

/**
 * The first 52 bits of a digest, as an exact number. Two chunks with one key are rare and harmless: whatever is found by a key is verified
 * by the whole digest before it is used.
 */
export function chunkKey(digest: Digest): number {
  let key = 0;
  for (let i = 0; i < DIGITS; i++) {
    const code = digest.charCodeAt(i);
    key = key * 16 + (code < 0x3a ? code - 0x30 : code - 0x57); // by hand, because this is done several times for each chunk
  }
  return key;
}
