import type { ChunkRuns } from "@sitewright/protocol";
import type { ChunkPlace } from "../../domain/media/layout.ts";

/** The place of each chunk of a manifest, called with the size of one after another. @param more Bytes that each is longer on the medium. */
export function chunkPlaces({ counts, packs, offsets }: ChunkRuns, more: number): (size: number) => ChunkPlace {
  let run = -1;
  let left = 0;
  let offset = 0;
  return (size) => {
    if (left === 0) {
      run += 1;
      left = counts[run] ?? 0;
      offset = offsets[run] ?? 0;
    }
    left -= 1;
    const at = offset;
    offset += size + more;
    return { pack: packs[run] ?? 0, offset: at };
  };
}
