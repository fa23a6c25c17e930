import { PACK_HEADER, SEAL_BYTES, type ChunkRuns } from "@sitewright/protocol";

/** Where a chunk lies on a medium. */
export interface ChunkPlace {
  /** From 1; 0: it is not on the medium. */
  pack: number;
  /** Bytes from the start of the pack. */
  offset: number;
}

/** Chunks that have a place, by digest. May be on disk: there are millions. */
export interface PlacedChunks {
  find(digest: Uint8Array): ChunkPlace | undefined;
  add(digest: Uint8Array, place: ChunkPlace): void;
}

export interface LayoutOptions {
  /** Bytes that the packs of one volume may have together. */
  volumeBytes: number;
  /** Largest pack, bytes. */
  packBytes: number;
  /** Chunks are encrypted, which makes each longer. */
  sealed: boolean;
}

export interface PlannedPack {
  /** From 1. */
  volume: number;
  bytes: number;
}

/** Gives every chunk one place, in the order of the manifests: volume after volume, pack after pack. */
export interface Layout {
  chunk(digest: Uint8Array, size: number): void;
  /** The runs of the chunks since the last call. */
  endManifest(): ChunkRuns;
  packs(): PlannedPack[];
}

/** @param placed May have chunks in pack 0 from the beginning: those are left out. */
export function createLayout({ volumeBytes, packBytes, sealed }: LayoutOptions, placed: PlacedChunks): Layout {
  const packs: PlannedPack[] = [];
  let inVolume = 0;
  let runs = newRuns();
  /** Where the next chunk has to lie to continue the current run. */
  let next: ChunkPlace | undefined;

  function place(bytes: number): ChunkPlace {
    let pack = packs.at(-1);
    if (!pack || pack.bytes + bytes > packBytes || inVolume + bytes > volumeBytes) {
      const full = !pack || inVolume + PACK_HEADER + bytes > volumeBytes;
      pack = { volume: full ? (pack?.volume ?? 0) + 1 : (pack as PlannedPack).volume, bytes: PACK_HEADER };
      inVolume = (full ? 0 : inVolume) + PACK_HEADER;
      packs.push(pack);
    }
    const at = { pack: packs.length, offset: pack.bytes };
    pack.bytes += bytes;
    inVolume += bytes;
    return at;
  }

  function find(digest: Uint8Array, bytes: number): ChunkPlace {
    const known = placed.find(digest);
    if (known) return known;
    const at = place(bytes);
    placed.add(digest, at);
    return at;
  }

  return {
    chunk(digest, size) {
      const bytes = size + (sealed ? SEAL_BYTES : 0);
      const { pack, offset } = find(digest, bytes);
      const last = runs.counts.length - 1;
      if (last >= 0 && next && next.pack === pack && next.offset === offset) runs.counts[last] = (runs.counts[last] as number) + 1;
      else {
        runs.counts.push(1);
        runs.packs.push(pack);
        runs.offsets.push(offset);
      }
      next = { pack, offset: pack === 0 ? 0 : offset + bytes };
    },
    endManifest() {
      const whole = runs;
      runs = newRuns();
      next = undefined;
      return whole;
    },
    packs: () => packs,
  };
}

/**
 * What volumes of this room may hold so that a parity volume is not longer than `room`. Each part of the parity is as long as the longest pack
 * with its number. All but the last pack of a volume end within a chunk of their limit, and what one lacks there the last pack of its volume may
 * have more: so the parity is longer than a volume by at most a chunk for each pack.
 * @param chunk The largest one, bytes.
 */
export function roomWithParity(room: number, packBytes: number, chunk: number): number {
  return room - Math.ceil(room / packBytes) * chunk;
}

function newRuns(): { counts: number[]; packs: number[]; offsets: number[] } {
  return { counts: [], packs: [], offsets: [] };
}
