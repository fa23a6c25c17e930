import type { IdentityWords } from "./file-identity.ts";

/**
 * Stands for a whole tree: the paths, kinds and permissions of everything in it, the targets of links, and of each file the inode, the size
 * and the times. Equal stamps with one seed mean that nothing changed, as far as a file system shows. `seed:sum`, in hex.
 */
export type TreeStamp = string;

/** A sum over entries, in any order. */
export interface StampSum {
  folder(path: string, mode: number): void;
  file(path: string, mode: number, words: IdentityWords): void;
  link(path: string, target: string): void;
  /** Anything else, which is never part of what the agent builds. */
  other(path: string): void;
  /** Adds the result of another sum with the same seed. */
  add(stamp: TreeStamp): void;
  /** Subtracts what was added. */
  subtract(stamp: TreeStamp): void;
  stamp(): TreeStamp;
}

const LANES = 4;
const KINDS = { folder: 1, file: 2, link: 3, other: 4 } as const;
const PRIMES = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f] as const;

/** @param seed 128 random bits in hex, so that a change cannot be crafted to stay undetected. */
export function createStampSum(seed: string): StampSum {
  const [first, second, third, fourth] = parse(seed) as unknown as [number, number, number, number];
  const sum = new Uint32Array(LANES);

  /** Another round, so that the last characters affect every bit. */
  function addLane(lane: number, value: number, prime: number): void {
    const mixed = Math.imul(value ^ (value >>> 16), prime);
    sum[lane] = (sum[lane] as number) + (mixed ^ (mixed >>> 13));
  }

  function entry(kind: number, mode: number, words: IdentityWords, text: string): void {
    let [a, b, c, d] = [first, second, third, fourth];
    const mix = (unit: number): void => {
      a = Math.imul(a ^ unit, PRIMES[0]);
      b = Math.imul(b ^ unit, PRIMES[1]);
      c = Math.imul(c ^ unit, PRIMES[2]);
      d = Math.imul(d ^ unit, PRIMES[3]);
      a ^= d >>> 15;
      b ^= a >>> 14;
      c ^= b >>> 13;
      d ^= c >>> 16;
    };
    mix(kind);
    mix(mode);
    for (let i = 0; i < words.length; i++) mix(words[i] as number);
    for (let i = 0; i < text.length; i++) mix(text.charCodeAt(i));
    addLane(0, a, PRIMES[1]);
    addLane(1, b, PRIMES[2]);
    addLane(2, c, PRIMES[3]);
    addLane(3, d, PRIMES[0]);
  }

  return {
    folder: (path, mode) => entry(KINDS.folder, mode, [], path),
    file: (path, mode, words) => entry(KINDS.file, mode, words, path),
    link: (path, target) => entry(KINDS.link, 0, [], `${path}\0${target}`),
    other: (path) => entry(KINDS.other, 0, [], path),
    add(stamp) {
      parse(stamp.slice(seed.length + 1)).forEach((lane, i) => (sum[i] = (sum[i] as number) + lane));
    },
    subtract(stamp) {
      parse(stamp.slice(seed.length + 1)).forEach((lane, i) => (sum[i] = (sum[i] as number) - lane));
    },
    stamp: () => `${seed}:${Array.from(sum, (lane) => lane.toString(16).padStart(8, "0")).join("")}`,
  };
}

export function seedOf(stamp: TreeStamp): string {
  return stamp.slice(0, stamp.indexOf(":"));
}

function parse(hex: string): Uint32Array {
  return Uint32Array.from({ length: LANES }, (_, i) => Number.parseInt(hex.slice(i * 8, i * 8 + 8), 16));
}
