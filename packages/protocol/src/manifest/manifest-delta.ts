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

/** One part of a manifest in transit: its bytes `next`, compressed with the bytes `base` of another manifest as dictionary. */
export interface ManifestPart {
  next: ByteRange;
  base: ByteRange;
}

/** Size of the dictionary of one part, in bytes per byte of the part: content removed in between is useless. */
const BASE_SHARE = 2;

interface PartSizes {
  /** Maximum size of a part, bytes. */
  limit: number;
  /** Where to begin: the bytes of the manifest that the other side already has. */
  from?: number;
  /** Maximum size of the first part, bytes; each may be twice as large as the one before, up to the limit. */
  first?: number;
}

/**
 * Cuts a manifest into parts and finds for each the bytes of `base`, a manifest that the other side holds, for the same paths. Neither
 * manifest is held as a whole. Parts follow each other without gaps; a wrong guess costs bytes, never correctness.
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

  /** Advances in the base to the first record after `path`; returns where the records passed end. */
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

/** The bytes of a record of the base at the same relative position as a piece of a large record. */
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

/** The header before each part on the wire: its compressed length, its length, and the bytes of the base that decompress it. */
export interface PartHeader {
  packed: number;
  length: number;
  base: ByteRange;
}

/** Bytes of a part's header: packed (4), length (4), start (8) and length (4) of the base's bytes, big endian. */
export const PART_HEADER = 20;

/** Incompressible content grows by less than this, bytes. */
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

/** Throws `FRAME_INVALID` for a part that no planner produces, so that no memory is allocated for it. */
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
