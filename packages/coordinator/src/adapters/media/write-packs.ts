import { join } from "node:path";
import {
  LARGEST_CHUNK,
  MEDIUM_PLACES,
  numberedName,
  PACK_HEADER,
  packHeader,
  SEAL_BYTES,
  type ChunkRuns,
  type PackedFile,
} from "@sitewright/protocol";
import { sealPiece } from "@sitewright/node-kit/medium-seal";
import type { PlannedPack } from "../../domain/media/layout.ts";
import { chunkPlaces } from "./chunk-places.ts";
import type { SourceReader } from "./source-reader.ts";
import { createVolumeFile, type VolumeFile, type WrittenFile } from "./volume-files.ts";

export interface PackTarget {
  medium: string;
  packs: readonly PlannedPack[];
  /** Folder of a volume, by its number. */
  folder: (volume: number) => string;
  /** Of an encrypted medium. */
  key?: Uint8Array | undefined;
}

/** Writes the packs of a medium, manifest after manifest in the order of its layout. */
export interface PackWriter {
  /** What is new in one manifest. Throws as `SourceReader` does, `DISK_FULL` and the like. */
  add(files: Iterable<PackedFile>, runs: ChunkRuns, source: SourceReader): void;
  /** All packs, by number. */
  end(): WrittenFile[];
  discard(): void;
}

/** Bytes of a file that are read at once. */
const AT_ONCE = 4 * LARGEST_CHUNK;

export function createPackWriter({ medium, packs, folder, key }: PackTarget): PackWriter {
  const written: WrittenFile[] = [];
  let open: { number: number; at: number; file: VolumeFile } | undefined;

  function next(): void {
    if (open) written.push(open.file.end());
    const number = written.length + 1;
    open = undefined;
    const pack = packs[number - 1];
    if (!pack) return;
    const file = createVolumeFile(join(folder(pack.volume), MEDIUM_PLACES.packs, numberedName(number)));
    file.write(packHeader(medium, number));
    open = { number, at: PACK_HEADER, file };
  }

  /** Whether the chunk at this place is the one that comes next, and not one that was written before. */
  function isNext(pack: number, offset: number): boolean {
    while (open && open.at === packs[open.number - 1]?.bytes && pack === open.number + 1) next();
    return open?.number === pack && open.at === offset;
  }

  function put(bytes: Uint8Array): void {
    if (!open) throw new Error("a chunk has no pack");
    const stored = key ? sealPiece(key, { number: open.number, at: open.at }, bytes) : bytes;
    open.file.write(stored);
    open.at += stored.length;
  }

  next();
  return {
    add(files, runs, source) {
      const places = chunkPlaces(runs, key ? SEAL_BYTES : 0);
      for (const { path, sizes, digests } of files) {
        let waiting: { size: number; digest: string }[] = [];
        let [from, bytes, offset] = [0, 0, 0];
        const flush = (): void => {
          if (waiting.length === 0) return;
          const content = source.read(path, from, waiting);
          let at = 0;
          for (const { size } of waiting) put(content.subarray(at, (at += size)));
          [waiting, bytes] = [[], 0];
        };
        for (let i = 0; i < sizes.length; i++) {
          const size = sizes[i] as number;
          const { pack, offset: at } = places(size);
          // Where the chunks that wait will be: they lie one after another.
          const ahead = bytes + waiting.length * (key ? SEAL_BYTES : 0);
          if (!isNext(pack, at - ahead)) {
            flush();
            if (!isNext(pack, at)) {
              offset += size;
              continue;
            }
          }
          if (waiting.length === 0) from = offset;
          waiting.push({ size, digest: Buffer.from(digests.buffer, digests.byteOffset + i * 32, 32).toString("hex") });
          bytes += size;
          offset += size;
          if (bytes >= AT_ONCE) flush();
        }
        flush();
      }
    },
    end() {
      while (open) next();
      return written;
    },
    discard: () => open?.file.discard(),
  };
}
