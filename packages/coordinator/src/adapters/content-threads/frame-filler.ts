import { zstdCompressSync, constants } from "node:zlib";
import {
  FRAME_CODEC,
  FRAME_HEADER,
  LARGEST_CHUNK,
  SitewrightError,
  writeFrameHeader,
  type Digest,
  type Ranges,
} from "@sitewright/protocol";
import { bundleStarts, lastNotAbove } from "../../domain/lines/bundles.ts";
import type { Packing } from "../../domain/lines/packing.ts";
import type { Asked } from "./asked.ts";
import { fileOf, type ChunkTable } from "./chunk-table.ts";
import type { PackedCache } from "./packed-cache.ts";
import type { PackingEffort } from "./packing-effort.ts";
import type { SourceFiles } from "./source-files.ts";

/**
 * Match finder for bundles of up to 256 KiB: zstd's own level 12 takes twice as long and finds no more (measured on the tree of the
 * benchmark over a slow link: 12.5 MB/s and 27.02 MB against 28.5 MB/s and 27.03 MB).
 */
const TWELVE = {
  [constants.ZSTD_c_compressionLevel]: 12,
  [constants.ZSTD_c_strategy]: constants.ZSTD_lazy2,
  [constants.ZSTD_c_searchLog]: 6,
  [constants.ZSTD_c_minMatch]: 5,
  [constants.ZSTD_c_targetLength]: 32,
};

function zstdParams(level: number): Record<number, number> {
  return level === 12 ? TWELVE : { [constants.ZSTD_c_compressionLevel]: level };
}

/** For the message of a failure, which names a path. */
const FAILURE_ROOM = 16 * 1024;
/** Bytes of a slot: two frames of the largest kind, or many small ones. */
export const SLOT = 2 * (LARGEST_CHUNK + FRAME_HEADER) + FAILURE_ROOM;
/** Unpacking costs the other side time: packing has to save at least this much. */
const WORTHWHILE = 0.95;

/** A manifest and its table. */
export interface Served {
  digest: Digest;
  table: ChunkTable;
  /** First chunks of the bundles, by their limit. */
  bundles: Map<number, Uint32Array>;
}

export interface Filled {
  bytes: number;
  /** A failure is the last frame. */
  failed: boolean;
}

interface FrameFillerParts {
  served: Served;
  asked: Asked;
  files: SourceFiles;
  cache: PackedCache;
  effort: PackingEffort;
}

/** Fills slots with the frames requested on one stream. Blocks its thread. */
export function createFrameFiller({ served, asked, files, cache, effort }: FrameFillerParts) {
  const { digest, table } = served;
  /** Start of the frame that holds the first bytes of the file being read: everything from here on is unverified. */
  let unproved = { at: 0, ordinal: 0 };

  /** The chunk found last and its offset in its file, so that sequential reading need not add up from the start of a large file. */
  let found = { file: -1, ordinal: 0, offset: 0 };

  function offsetOf(file: number, ordinal: number): number {
    if (found.file !== file || found.ordinal > ordinal) found = { file, ordinal: table.firstChunk[file] ?? 0, offset: 0 };
    found = { file, ordinal, offset: found.offset + sum(table.lengths, found.ordinal, ordinal) };
    return found.offset;
  }

  /** Reads chunks of this range consecutively. */
  function readRange([from, to]: Ranges[number], slot: Uint8Array, at: number, frame: typeof unproved): number {
    let file = fileOf(table, from);
    for (let ordinal = from; ordinal <= to;) {
      const last = Math.min(to, (table.firstChunk[file + 1] ?? table.lengths.length) - 1);
      const length = sum(table.lengths, ordinal, last + 1);
      if (length > 0) {
        if (files.current() !== file) {
          files.settle();
          unproved = frame;
        }
        files.read(file, offsetOf(file, ordinal), slot.subarray(at, at + length));
      }
      at += length;
      ordinal = last + 1;
      file += 1;
    }
    return at;
  }

  function readAll(ranges: Ranges, slot: Uint8Array, frame: typeof unproved): number {
    let at = frame.at + FRAME_HEADER;
    for (const range of ranges) at = readRange(range, slot, at, frame);
    return at - frame.at - FRAME_HEADER;
  }

  /** The end of a packed frame: from the cache, or read and packed. */
  function writePacked(ranges: Ranges, wanted: number, slot: Uint8Array, frame: typeof unproved): { codec: number; length: number } {
    const keyAt = (level: number): string => `${digest} ${level} ${ranges.join(" ")}`;
    const level = effort.levelFor(wanted);
    const known = cache.get(keyAt(wanted)) ?? cache.get(keyAt(level));
    if (known && known !== "raw") {
      slot.set(known, frame.at + FRAME_HEADER);
      return { codec: FRAME_CODEC.zstd, length: known.length };
    }
    const length = readAll(ranges, slot, frame);
    if (known === "raw") return { codec: FRAME_CODEC.raw, length };
    // Only verified content may be cached for others.
    files.settle();
    const bytes = slot.subarray(frame.at + FRAME_HEADER, frame.at + FRAME_HEADER + length);
    const packed = effort.spend(() => zstdCompressSync(bytes, { pledgedSrcSize: length, params: zstdParams(level) }));
    const pays = packed.length < length * WORTHWHILE;
    // A copy, because zlib's result may be a small piece of a large buffer.
    cache.set(keyAt(level), pays ? new Uint8Array(packed) : "raw");
    if (!pays) return { codec: FRAME_CODEC.raw, length };
    slot.set(packed, frame.at + FRAME_HEADER);
    return { codec: FRAME_CODEC.zstd, length: packed.length };
  }

  /** End of the chunks that may be in one frame with this one. */
  function bundleEnd(ordinal: number, { level, frame }: Packing): number {
    if (level === 0) return table.lengths.length;
    let starts = served.bundles.get(frame);
    if (!starts) {
      starts = bundleStarts(table.lengths, beginsAnotherKind(table), frame);
      served.bundles.set(frame, starts);
    }
    return starts[lastNotAbove(starts, ordinal) + 1] ?? table.lengths.length;
  }

  function writeFrame(ordinal: number, slot: Uint8Array, at: number, packing: Packing): number {
    const end = bundleEnd(ordinal, packing);
    let bytes = 0;
    const ranges = asked.take((next) => {
      bytes += table.lengths[next] ?? 0;
      return next < end && bytes + (table.lengths[ordinal] ?? 0) <= packing.frame;
    });
    const frame = { at, ordinal };
    const packs = packing.level > 0 && table.compressible[fileOf(table, ordinal)] === 1;
    const { codec, length } = packs
      ? writePacked(ranges, packing.level, slot, frame)
      : { codec: FRAME_CODEC.raw, length: readAll(ranges, slot, frame) };
    const count = ranges.reduce((total, [from, to]) => total + to - from + 1, 0);
    writeFrameHeader(slot.subarray(at), { codec, ordinal, count, length });
    return at + FRAME_HEADER + length;
  }

  function writeFailure(slot: Uint8Array, error: unknown): Filled {
    const { code, message, path } = SitewrightError.from(error);
    const words = Buffer.from(JSON.stringify({ code, message, path }));
    const { at, ordinal } = unproved;
    writeFrameHeader(slot.subarray(at), { codec: FRAME_CODEC.failure, ordinal, count: 0, length: words.length });
    slot.set(words, at + FRAME_HEADER);
    return { bytes: at + FRAME_HEADER + words.length, failed: true };
  }

  return {
    /** At least one frame, and more until the minimum size for lines where that matters. */
    fill(slot: Uint8Array, packing: Packing): Filled {
      const enough = packing.level > 0 ? packing.frame : Infinity;
      let at = 0;
      let ordinal = asked.next();
      files.forgetFolders();
      try {
        for (; ordinal !== undefined && at < enough; ordinal = asked.next()) {
          if (at + FRAME_HEADER + LARGEST_CHUNK > SLOT - FAILURE_ROOM) break;
          if (files.current() === undefined) unproved = { at, ordinal };
          at = writeFrame(ordinal, slot, at, packing);
        }
        files.settle();
        return { bytes: at, failed: false };
      } catch (error) {
        return writeFailure(slot, error);
      }
    },
  };
}

function beginsAnotherKind(table: ChunkTable): (ordinal: number) => boolean {
  let file = 0;
  let kind = table.compressible[0];
  return (ordinal) => {
    while ((table.firstChunk[file + 1] ?? Infinity) <= ordinal) file += 1;
    const before = kind;
    kind = table.compressible[file];
    return kind !== before;
  };
}

function sum(lengths: Uint32Array, from: number, to: number): number {
  let total = 0;
  for (let i = from; i < to; i++) total += lengths[i] ?? 0;
  return total;
}
