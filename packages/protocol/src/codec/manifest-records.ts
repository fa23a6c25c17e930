import { joined } from "../joined.ts";
import { SitewrightError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { MANIFEST_FORMAT, type Chunk, type FileEntry, type ManifestEntry, type ManifestHead } from "../manifest/manifest.ts";
import { checkedSize, ownedFromWire, ownedToWire, safeInteger, unitFromWire, unitToWire, wire, type Wire } from "./common.ts";

/** The first record of a manifest, with its length before it. */
export function encodeManifestHead({ unit, owned }: ManifestHead): Uint8Array {
  return withLength(wire.ManifestHeader.encode({ ...MANIFEST_FORMAT, unit: unitToWire(unit), owned: owned.map(ownedToWire) }).finish());
}

/** One further record, with its length before it. Throws `MANIFEST_INVALID` for a file with more chunks than a record holds. */
export function encodeManifestEntry(entry: ManifestEntry): Uint8Array {
  switch (entry.kind) {
    case "folder":
      return withLength(wire.ManifestEntry.encode({ path: entry.path, folder: { mode: entry.mode } }).finish());
    case "link":
      return withLength(wire.ManifestEntry.encode({ path: entry.path, link: { target: entry.target } }).finish());
    case "file":
      return encodeManifestFile({ ...entry, ...packedChunks(entry.chunks) });
  }
}

/** A file without an object for each of its chunks, for code that handles many files. */
export interface PackedFile extends Omit<FileEntry, "kind" | "chunks"> {
  /** 32 bytes a chunk. */
  digests: Uint8Array;
  /** Bytes of each chunk. */
  sizes: Uint32Array | readonly number[];
}

/** The record of a file, as `encodeManifestEntry` makes it. */
export function encodeManifestFile({ path, mode, size, modified, digests, sizes }: PackedFile): Uint8Array {
  const file = {
    mode,
    size: checkedSize(size, path),
    modified: checkedSize(modified, path),
    chunkDigests: digests,
    // The generated encoder takes any array-like of numbers.
    chunkSizes: sizes.length > 1 ? (sizes as number[]) : [],
  };
  return withLength(wire.ManifestEntry.encode({ path, file }).finish());
}

/** @param record Without its length. Throws `MANIFEST_INVALID`, or any exception of the decoder for a damaged record. */
export function decodeManifestHead(record: Uint8Array): ManifestHead {
  const header = wire.ManifestHeader.decode(record);
  const { format, hash, chunking } = header;
  if (format !== MANIFEST_FORMAT.format || hash !== MANIFEST_FORMAT.hash || chunking !== MANIFEST_FORMAT.chunking) {
    throw new SitewrightError(
      "MANIFEST_INVALID",
      `the manifest has format ${format}, ${hash}, ${chunking}; this build reads ${Object.values(MANIFEST_FORMAT).join(", ")}`,
    );
  }
  return { unit: unitFromWire(header.unit), owned: header.owned.map(ownedFromWire) };
}

/** @param record Without its length. Throws as `decodeManifestHead` does. */
export function decodeManifestEntry(record: Uint8Array): ManifestEntry {
  const { path, folder, file, link } = wire.ManifestEntry.decode(record) as Wire<"ManifestEntry">;
  if (folder) return { kind: "folder", path, mode: folder.mode ?? 0 };
  if (link) return { kind: "link", path, target: link.target ?? "" };
  if (!file) throw new SitewrightError("MANIFEST_INVALID", `${path} is neither folder, file nor link`, { path });
  const size = safeInteger(file.size, "size");
  return {
    kind: "file",
    path,
    mode: file.mode ?? 0,
    size,
    modified: safeInteger(file.modified, "modified"),
    chunks: chunksFromWire(path, size, file.chunkDigests ?? new Uint8Array(), file.chunkSizes ?? []),
  };
}

/** @param record Without its length, of a manifest that was checked before. Undefined for an entry that is not a file. */
export function decodePackedFile(record: Uint8Array): PackedFile | undefined {
  const { path, file } = wire.ManifestEntry.decode(record) as Wire<"ManifestEntry">;
  if (!file) return undefined;
  const size = safeInteger(file.size, "size");
  const digests = file.chunkDigests ?? new Uint8Array();
  const sizes = file.chunkSizes ?? [];
  return {
    path,
    mode: file.mode ?? 0,
    size,
    modified: safeInteger(file.modified, "modified"),
    digests,
    sizes: sizes.length === 0 && digests.length > 0 ? [size] : sizes,
  };
}

/** Splits the bytes of a manifest into records as they arrive. */
export interface RecordSplitter {
  /** The records that `part` completes, without their lengths. It is kept, and must not change any more. Throws `MANIFEST_INVALID`. */
  push(part: Uint8Array): Uint8Array[];
  /** Throws `MANIFEST_INVALID` inside a record. */
  end(): void;
}

export function createRecordSplitter(): RecordSplitter {
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  /** Length of the incomplete record, once it is known. */
  let needed = 0;

  return {
    push(part) {
      waiting.push(part);
      waitingBytes += part.length;
      // A large record arrives in many parts: they are joined once, when it is complete.
      if (waitingBytes < needed) return [];
      const bytes = joined(waiting, waitingBytes);
      const records: Uint8Array[] = [];
      let at = 0;
      let place = recordAt(bytes, at);
      for (; place && place.to <= bytes.length; place = recordAt(bytes, at)) {
        records.push(bytes.subarray(place.from, place.to));
        at = place.to;
      }
      const rest = bytes.slice(at);
      waiting = rest.length === 0 ? [] : [rest];
      waitingBytes = rest.length;
      needed = place ? place.to - at : 0;
      return records;
    },
    end() {
      if (waitingBytes > 0) throw new SitewrightError("MANIFEST_INVALID", "the manifest ends inside a record");
    },
  };
}

/** Where the record lies whose length prefix begins at `at`; undefined when `bytes` end before the prefix does. */
export function recordAt(bytes: Uint8Array, at: number): { from: number; to: number } | undefined {
  let length = 0;
  let from = at;
  for (let shift = 0; ; shift += 7) {
    if (shift > 28) throw new SitewrightError("MANIFEST_INVALID", "the length of a record cannot be read");
    const byte = bytes[from++];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) {
      // A length in a longer form would give the same records different bytes.
      if (byte === 0 && shift > 0) throw new SitewrightError("MANIFEST_INVALID", "the length of a record is not in its shortest form");
      break;
    }
  }
  if (length > LIMITS.manifestRecord) throw overLimit(length);
  return { from, to: from + length };
}

/** The path of an entry, its first field, without reading the rest: `record` may end anywhere after it. Throws `MANIFEST_INVALID`. */
export function recordPath(record: Uint8Array): string {
  const place = record[0] === PATH_FIELD ? recordAt(record, 1) : undefined;
  if (!place || place.to > record.length) throw new SitewrightError("MANIFEST_INVALID", "a record does not begin with its path");
  return new TextDecoder().decode(record.subarray(place.from, place.to));
}

/** Tag of field 1, length-delimited. */
const PATH_FIELD = 0x0a;

function withLength(record: Uint8Array): Uint8Array {
  if (record.length > LIMITS.manifestRecord) throw overLimit(record.length);
  const prefix: number[] = [];
  let rest = record.length;
  for (; rest >= 0x80; rest >>>= 7) prefix.push((rest & 0x7f) | 0x80);
  prefix.push(rest);
  const bytes = new Uint8Array(prefix.length + record.length);
  bytes.set(prefix);
  bytes.set(record, prefix.length);
  return bytes;
}

function overLimit(length: number): SitewrightError {
  return new SitewrightError("MANIFEST_INVALID", `a record of ${length} bytes is over the limit of ${LIMITS.manifestRecord}`);
}

function packedChunks(chunks: readonly Chunk[]): Pick<PackedFile, "digests" | "sizes"> {
  const digests = new Uint8Array(chunks.length * 32);
  chunks.forEach((chunk, i) => digests.set(Uint8Array.fromHex(chunk.digest), i * 32));
  return { digests, sizes: Uint32Array.from(chunks, (chunk) => chunk.size) };
}

function chunksFromWire(path: string, size: number, digests: Uint8Array, sizes: number[]): Chunk[] {
  const count = digests.length / 32;
  const expected = sizes.length > 0 ? sizes : count === 1 ? [size] : [];
  if (expected.length !== count) {
    throw new SitewrightError("MANIFEST_INVALID", `${path} has ${count} chunk digests and ${expected.length} chunk sizes`, { path });
  }
  return expected.map((chunkSize, i) => ({ digest: digests.subarray(i * 32, i * 32 + 32).toHex(), size: chunkSize }));
}

/** The files of a manifest, in order, from its bytes. Throws `MANIFEST_INVALID`. */
export function* packedFilesIn(manifest: Iterable<Uint8Array>): Generator<PackedFile> {
  const splitter = createRecordSplitter();
  let isHead = true;
  for (const part of manifest)
    for (const record of splitter.push(part)) {
      const file = isHead ? undefined : decodePackedFile(record);
      isHead = false;
      if (file) yield file;
    }
  splitter.end();
}
