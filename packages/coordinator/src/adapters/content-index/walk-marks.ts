import { blake3 } from "@napi-rs/blake-hash";
import { SourceMoved } from "./source-fault.ts";
import type { SourceEntry } from "./walk-source.ts";

/** What a walk saw, in 12 bytes an entry: enough to tell whether another walk sees the same, and where it does not. */
export interface WalkMarks {
  add(entry: SourceEntry): void;
  /** Follows another walk. */
  again(): MarkedWalk;
  /** One digest of it all. */
  stamp(): string;
}

export interface MarkedWalk {
  /** Throws `SourceMoved` when the entry is not what was seen in its place. */
  check(entry: SourceEntry): void;
  /** Throws `SourceMoved` when there was more. */
  end(): void;
}

/** Numbers of one mark: one of the path alone, two of everything. */
const WIDTH = 3;

export function createWalkMarks(): WalkMarks {
  let marks = new Uint32Array(1024 * WIDTH);
  let used = 0;
  return {
    add(entry) {
      if (used === marks.length) {
        const grown = new Uint32Array(used * 2);
        grown.set(marks);
        marks = grown;
      }
      writeMark(marks, used, entry);
      used += WIDTH;
    },
    again() {
      const found = new Uint32Array(WIDTH);
      let at = 0;
      let last = "";
      return {
        check(entry) {
          writeMark(found, 0, entry);
          if (at >= used || found[0] !== marks[at]) throw new SourceMoved(parentOf(entry.source));
          if (found[1] !== marks[at + 1] || found[2] !== marks[at + 2]) throw new SourceMoved(entry.source);
          last = entry.source;
          at += WIDTH;
        },
        end() {
          if (at < used) throw new SourceMoved(parentOf(last));
        },
      };
    },
    stamp: () => blake3(new Uint8Array(marks.buffer, 0, used * 4)).toHex(),
  };
}

function parentOf(source: string): string {
  return source.slice(0, Math.max(0, source.lastIndexOf("/")));
}

const facts = new BigUint64Array(5);
const words = new Uint32Array(facts.buffer);

/** Two rounds of MurmurHash3 side by side, with different constants. */
function writeMark(target: Uint32Array, at: number, { kind, path, stats, target: link }: SourceEntry): void {
  let a = 0x5bd1e995;
  let b = 0x1b873593;
  const mix = (word: number): void => {
    a = step(a, word, 0xcc9e2d51, 0x1b873593);
    b = step(b, word, 0x239b961b, 0xab0e9789);
  };
  for (let i = 0; i < path.length; i++) mix(path.charCodeAt(i));
  target[at] = a;
  // A folder's size and times tell of what is in it, and that has marks of its own.
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
