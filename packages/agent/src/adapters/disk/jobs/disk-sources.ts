import type { SourcePlace } from "../../../app/ports/disk.ts";
import { openAnchor, type Anchor } from "../anchor.ts";

/** A path for `node:fs` calls that denotes a file to read from. Throws as `Anchor.place` does. */
export type SourceFinder = (from: SourcePlace) => string;

/** Runs `work` with access to files below other roots, with the same protection against links. */
export function withSources<T>(anchor: Anchor, work: (source: SourceFinder) => T): T {
  const others = new Map<string, Anchor>();
  try {
    return work(({ root, path }) => {
      if (root === anchor.root) return anchor.place(path);
      const other = others.get(root) ?? openAnchor(root);
      others.set(root, other);
      other.trim();
      return other.place(path);
    });
  } finally {
    for (const other of others.values()) other.close();
  }
}
