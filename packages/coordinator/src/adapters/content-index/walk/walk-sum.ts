import { WIDTH, writeMark } from "./mark.ts";
import type { SourceEntry } from "./walk-source.ts";

/** What walks saw, added up in any order: the sum of several shares of a source is that of the whole. */
export interface WalkSum {
  add(entry: SourceEntry): void;
  /** The mark of an entry, from offset `at`. */
  addMark(marks: Uint32Array, at: number): void;
  addShare(sum: Uint32Array): void;
  sum(): Uint32Array;
  /** Equal if the same was seen. */
  stamp(): string;
}

export function createWalkSum(): WalkSum {
  /** The sums of the marks, and their number. */
  const sum = new Uint32Array(WIDTH + 1);
  const mark = new Uint32Array(WIDTH);

  function addMark(marks: Uint32Array, at: number): void {
    for (let i = 0; i < WIDTH; i++) sum[i] = (sum[i] as number) + scattered(marks[at + i] as number);
    sum[WIDTH] = (sum[WIDTH] as number) + 1;
  }

  return {
    add(entry) {
      writeMark(mark, 0, entry);
      addMark(mark, 0);
    },
    addMark,
    addShare(share) {
      for (let i = 0; i <= WIDTH; i++) sum[i] = (sum[i] as number) + (share[i] as number);
    },
    sum: () => sum,
    stamp: () => new Uint8Array(sum.buffer).toHex(),
  };
}

/** The finalizer of MurmurHash3: small differences change all bits, so that two changes do not cancel out. */
function scattered(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
