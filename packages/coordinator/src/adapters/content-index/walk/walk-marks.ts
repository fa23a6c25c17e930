import { WIDTH, writeMark } from "./mark.ts";
import { SourceMoved } from "./source-fault.ts";
import type { SourceEntry } from "./walk-source.ts";
import { createWalkSum } from "./walk-sum.ts";

/** What a walk saw, in 12 bytes per entry: enough to detect whether another walk sees the same, and where it differs. */
export interface WalkMarks {
  add(entry: SourceEntry): void;
  /** Compares another walk. */
  again(): MarkedWalk;
  /** Everything that was seen, as the sum over the same walk. */
  stamp(): string;
}

export interface MarkedWalk {
  /** Throws `SourceMoved` when the entry differs from the one seen at its position. */
  check(entry: SourceEntry): void;
  /** Throws `SourceMoved` when there were more entries. */
  end(): void;
}

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
    stamp() {
      const sum = createWalkSum();
      for (let at = 0; at < used; at += WIDTH) sum.addMark(marks, at);
      return sum.stamp();
    },
  };
}

function parentOf(source: string): string {
  return source.slice(0, Math.max(0, source.lastIndexOf("/")));
}
