import { SitewrightError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { comparePaths } from "./tree-path.ts";

/** One record of a manifest: its bytes, its length included, and the path of its entry. The head has the path "". */
export interface RecordPlace {
  from: number;
  to: number;
  path: string;
}

/** A run of bytes, `to` not included. */
export interface ByteRange {
  from: number;
  to: number;
}

/** One part of a manifest on its way: the bytes `next` of it, packed with the bytes `base` of another one as dictionary. */
export interface ManifestPart {
  next: ByteRange;
  base: ByteRange;
}

/** Of the dictionary of one part, in bytes for each byte that may travel in it: what was removed meanwhile is no use. */
const BASE_SHARE = 2;

interface PartSizes {
  /** Bytes of a part at most. */
  limit: number;
  /** Where to begin: what the other side has of the manifest already. */
  from?: number;
  /** Bytes of the first part at most; each may have twice those of the one before, up to the limit. */
  first?: number;
}

/**
 * Cuts a manifest into parts and finds for each the bytes of `base`, a manifest that the other side holds, which are about the
 * same paths. Neither manifest is held as a whole. Parts follow each other without gaps; a wrong guess costs bytes, never truth.
 */
export function* planManifestParts(
  base: Iterable<RecordPlace>,
  next: Iterable<RecordPlace>,
  { limit, from = 0, first = limit }: PartSizes,
): Generator<ManifestPart> {
  let most = Math.min(first, limit);
  const records = base[Symbol.iterator]();
  let held = records.next();
  let part: ManifestPart | undefined;

  /** Moves on in the base to the first record behind `path`; returns where those end that were passed. */
  function passTo(path: string, skip: boolean): ByteRange | undefined {
    let range: ByteRange | undefined;
    for (; !held.done && comparePaths(held.value.path, path) <= 0; held = records.next()) {
      if (skip && held.value.path !== path) continue;
      range = range ? { from: range.from, to: held.value.to } : { from: held.value.from, to: held.value.to };
    }
    return range;
  }

  for (const record of next) {
    const passed = passTo(record.path, part === undefined);
    if (record.to <= from) continue;
    for (let at = Math.max(record.from, from); at < record.to;) {
      if (part && (part.next.to - part.next.from >= most || part.next.to - part.next.from + (record.to - at) > most)) {
        yield part;
        part = undefined;
        most = Math.min(limit, most * 2);
      }
      const end = Math.min(record.to, at + most);
      const like = passed && alike(record, passed, { from: at, to: end }, most);
      part = part ? grown(part, end, like, most) : { next: { from: at, to: end }, base: like ?? { from: 0, to: 0 } };
      at = end;
    }
  }
  if (part) yield part;
}

/** The bytes of a record of the base that are about the same place as a piece of a large record. */
function alike(record: RecordPlace, passed: ByteRange, piece: ByteRange, limit: number): ByteRange {
  if (record.to - record.from <= limit) return { from: passed.from, to: Math.min(passed.to, passed.from + limit * BASE_SHARE) };
  const margin = Math.floor(limit / 2);
  const from = Math.max(passed.from, passed.from + (piece.from - record.from) - margin);
  return { from: Math.min(from, passed.to), to: Math.min(passed.to, passed.from + (piece.to - record.from) + margin) };
}

function grown(part: ManifestPart, end: number, like: ByteRange | undefined, limit: number): ManifestPart {
  const base = !like
    ? part.base
    : part.base.to === part.base.from
      ? like
      : { from: part.base.from, to: Math.min(like.to, part.base.from + limit * BASE_SHARE) };
  return { next: { from: part.next.from, to: end }, base };
}

/** What stands before each part on the wire: how many bytes follow, how many they become, and which of the base's unpack them. */
export interface PartHeader {
  packed: number;
  length: number;
  base: ByteRange;
}

/** Bytes of a part's header: packed (4), length (4), start (8) and length (4) of the base's bytes, big endian. */
export const PART_HEADER = 20;

/** What cannot be packed grows by less than this, bytes. */
const PACKED_MARGIN = 64 * 1024;

export function writePartHeader(header: PartHeader): Uint8Array {
  const bytes = new Uint8Array(PART_HEADER);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, header.packed);
  view.setUint32(4, header.length);
  view.setBigUint64(8, BigInt(header.base.from));
  view.setUint32(16, header.base.to - header.base.from);
  return bytes;
}

/** Throws `FRAME_INVALID` for a part that no planner makes, so that nobody makes room for it. */
export function readPartHeader(source: Uint8Array): PartHeader {
  if (source.length < PART_HEADER) throw invalid(`its header has ${source.length} bytes, not ${PART_HEADER}`);
  const view = new DataView(source.buffer, source.byteOffset, PART_HEADER);
  const [packed, length, dictionary] = [view.getUint32(0), view.getUint32(4), view.getUint32(16)];
  const from = Number(view.getBigUint64(8));
  const { manifestPart } = LIMITS;
  if (length > manifestPart || packed > manifestPart + PACKED_MARGIN || dictionary > manifestPart * BASE_SHARE || from > LIMITS.manifest)
    throw invalid(`${packed} bytes for ${length}, unpacked with ${dictionary} from ${from} on, are over the limits`);
  return { packed, length, base: { from, to: from + dictionary } };
}

function invalid(why: string): SitewrightError {
  return new SitewrightError("FRAME_INVALID", `a part of a manifest was refused: ${why}`);
}
