import { SitewrightError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { MANIFEST_FORMAT, type Chunk, type FileEntry, type Manifest, type ManifestEntry } from "../manifest.ts";
import { checkManifest } from "../manifest-check.ts";
import type { Digest } from "../unit.ts";
import { checkedSize, decodeSafely, ownedFromWire, ownedToWire, safeInteger, unitFromWire, unitToWire, wire, type Wire } from "./common.ts";

/** BLAKE3 of the bytes: 32 bytes. */
export type HashFunction = (bytes: Uint8Array) => Uint8Array;

/**
 * The canonical bytes of a manifest: length-delimited records, the header first. Fields are written in ascending order and
 * defaults left out, so that equal manifests have equal bytes (golden vectors pin this).
 */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const records = [headerRecord(manifest), ...manifest.entries.map(entryRecord)];
  const prefixes = records.map((record) => lengthPrefix(record.length));
  const bytes = new Uint8Array(records.reduce((sum, record, i) => sum + record.length + (prefixes[i] as Uint8Array).length, 0));
  let at = 0;
  records.forEach((record, i) => {
    const prefix = prefixes[i] as Uint8Array;
    bytes.set(prefix, at);
    bytes.set(record, at + prefix.length);
    at += prefix.length + record.length;
  });
  return bytes;
}

/** Reads and checks a manifest. Throws `MANIFEST_INVALID`, `UNSAFE_PATH` or `NOT_OWNED`. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  try {
    return decodeSafely(bytes, LIMITS.manifest, () => {
      const [header, ...entries] = records(bytes);
      const manifest = { ...headerFromRecord(header), entries: entries.map(entryFromRecord) };
      checkManifest(manifest);
      return manifest;
    });
  } catch (error) {
    const known = SitewrightError.from(error);
    if (known.code !== "FRAME_INVALID") throw known;
    throw new SitewrightError("MANIFEST_INVALID", `the manifest cannot be read: ${known.message}`, { cause: error });
  }
}

/** The unit's digest: a hash over the hashes of its records, each of which covers a file's chunk digests and attributes. */
export function manifestDigest(bytes: Uint8Array, hash: HashFunction): Digest {
  const digests: Uint8Array[] = [];
  for (const record of records(bytes)) digests.push(hash(record));
  const all = new Uint8Array(digests.length * 32);
  digests.forEach((digest, i) => all.set(digest, i * 32));
  return hash(all).toHex();
}

function headerRecord(manifest: Manifest): Uint8Array {
  return wire.ManifestHeader.encode({
    ...MANIFEST_FORMAT,
    unit: unitToWire(manifest.unit),
    owned: manifest.owned.map(ownedToWire),
  }).finish();
}

function headerFromRecord(record: Uint8Array | undefined): Pick<Manifest, "unit" | "owned"> {
  if (!record) throw new SitewrightError("MANIFEST_INVALID", "the manifest is empty");
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

function entryRecord(entry: ManifestEntry): Uint8Array {
  switch (entry.kind) {
    case "folder":
      return wire.ManifestEntry.encode({ path: entry.path, folder: { mode: entry.mode } }).finish();
    case "link":
      return wire.ManifestEntry.encode({ path: entry.path, link: { target: entry.target } }).finish();
    case "file":
      return wire.ManifestEntry.encode({ path: entry.path, file: fileToWire(entry) }).finish();
  }
}

function fileToWire(file: FileEntry) {
  const digests = new Uint8Array(file.chunks.length * 32);
  file.chunks.forEach((chunk, i) => digests.set(Uint8Array.fromHex(chunk.digest), i * 32));
  return {
    mode: file.mode,
    size: checkedSize(file.size, file.path),
    modified: checkedSize(file.modified, file.path),
    chunkDigests: digests,
    chunkSizes: file.chunks.length > 1 ? file.chunks.map((chunk) => chunk.size) : [],
  };
}

function entryFromRecord(record: Uint8Array): ManifestEntry {
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

function chunksFromWire(path: string, size: number, digests: Uint8Array, sizes: number[]): Chunk[] {
  const count = digests.length / 32;
  const expected = sizes.length > 0 ? sizes : count === 1 ? [size] : [];
  if (expected.length !== count) {
    throw new SitewrightError("MANIFEST_INVALID", `${path} has ${count} chunk digests and ${expected.length} chunk sizes`, { path });
  }
  return expected.map((chunkSize, i) => ({ digest: digests.subarray(i * 32, i * 32 + 32).toHex(), size: chunkSize }));
}

function* records(bytes: Uint8Array): Generator<Uint8Array> {
  let at = 0;
  while (at < bytes.length) {
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 28) throw new SitewrightError("MANIFEST_INVALID", "the manifest ends inside a record's length");
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    if (length > LIMITS.manifestRecord || at + length > bytes.length)
      throw new SitewrightError("MANIFEST_INVALID", "the manifest ends inside a record");
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

function lengthPrefix(length: number): Uint8Array {
  if (length > LIMITS.manifestRecord)
    throw new SitewrightError("MANIFEST_INVALID", `a record of ${length} bytes is over the limit of ${LIMITS.manifestRecord}`);
  const bytes: number[] = [];
  let rest = length;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
