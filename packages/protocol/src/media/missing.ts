import { plural } from "../plural.ts";
import type { ChunkRuns, MediumPack } from "./medium.ts";

/** Chunks of a unit that cannot be read now. */
export interface MissingChunks {
  /** By volume. */
  volumes: Map<number, number>;
  /** Those that are on no volume: they come over the line, or are on the system already. */
  elsewhere: number;
  /** All chunks of the unit. */
  chunks: number;
}

export function missingChunks(
  { counts, packs }: ChunkRuns,
  known: readonly Pick<MediumPack, "volume">[],
  isReadable: (pack: number) => boolean,
): MissingChunks {
  const missing: MissingChunks = { volumes: new Map(), elsewhere: 0, chunks: 0 };
  for (let i = 0; i < counts.length; i++) {
    const [count, pack] = [counts[i] as number, packs[i] as number];
    missing.chunks += count;
    if (pack === 0) missing.elsewhere += count;
    else if (!isReadable(pack)) {
      const { volume } = known[pack - 1] as Pick<MediumPack, "volume">;
      missing.volumes.set(volume, (missing.volumes.get(volume) ?? 0) + count);
    }
  }
  return missing;
}

/** `complete`, or `12 chunks missing on volume 2, 3 over the line`. */
export function missingWords({ volumes, elsewhere }: MissingChunks): string {
  const parts = [...volumes].toSorted(([a], [b]) => a - b).map(([volume, count]) => `${chunkWords(count)} missing on volume ${volume}`);
  if (elsewhere > 0) parts.push(`${chunkWords(elsewhere)} not on the medium`);
  return parts.length === 0 ? "complete" : parts.join(", ");
}

function chunkWords(count: number): string {
  return plural(count, "chunk");
}
