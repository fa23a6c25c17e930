import type { SourceEntry } from "./walk-source.ts";

/** Numbers of one mark: one of the path alone, two of everything. */
export const WIDTH = 3;

const facts = new BigUint64Array(5);
const words = new Uint32Array(facts.buffer);

/** Two rounds of MurmurHash3 in parallel, with different constants. */
export function writeMark(target: Uint32Array, at: number, { kind, path, stats, target: link }: SourceEntry): void {
  let a = 0x5bd1e995;
  let b = 0x1b873593;
  const mix = (word: number): void => {
    a = step(a, word, 0xcc9e2d51, 0x1b873593);
    b = step(b, word, 0x239b961b, 0xab0e9789);
  };
  for (let i = 0; i < path.length; i++) mix(path.charCodeAt(i));
  target[at] = a;
  // A folder's size and times depend on its content, which has marks of its own.
  const whole = kind === "file";
  facts[0] = stats.mode;
  facts[1] = whole ? stats.size : 0n;
  facts[2] = whole ? stats.mtimeNs : 0n;
  facts[3] = whole ? stats.ctimeNs : 0n;
  facts[4] = whole ? stats.ino : 0n;
  for (const word of words) mix(word);
  if (link !== undefined) for (let i = 0; i < link.length; i++) mix(link.charCodeAt(i));
  target[at + 1] = a;
  target[at + 2] = b;
}

function step(hash: number, word: number, first: number, second: number): number {
  const product = Math.imul(word, first);
  const mixed = hash ^ Math.imul((product << 15) | (product >>> 17), second);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}
