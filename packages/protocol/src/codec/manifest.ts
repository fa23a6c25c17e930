import { SitewrightError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { createManifestChecker, type ManifestChecker } from "../manifest/manifest-check.ts";
import type { Manifest, ManifestEntry, ManifestHead } from "../manifest/manifest.ts";
import type { Digest } from "../unit.ts";
import { decodeSafely } from "./common.ts";
import {
  createRecordSplitter,
  decodeManifestEntry,
  decodeManifestHead,
  encodeManifestEntry,
  encodeManifestHead,
} from "./manifest-records.ts";

const DIGEST_BYTES = 32;

/** BLAKE3 of the bytes: 32 bytes. */
export type HashFunction = (bytes: Uint8Array) => Uint8Array;

/** BLAKE3 of bytes that arrive in parts. */
export interface Hasher {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array;
}

/**
 * The canonical bytes of a manifest: length-delimited records, the head first. Fields are written in ascending order and
 * defaults left out, so that equal manifests have equal bytes (golden vectors pin this).
 */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const records = [encodeManifestHead(manifest), ...manifest.entries.map(encodeManifestEntry)];
  const bytes = new Uint8Array(records.reduce((sum, record) => sum + record.length, 0));
  let at = 0;
  for (const record of records) {
    bytes.set(record, at);
    at += record.length;
  }
  return bytes;
}

/** Reads and checks a manifest. Throws `MANIFEST_INVALID`, `UNSAFE_PATH` or `NOT_OWNED`. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  if (bytes.length > LIMITS.manifest)
    throw new SitewrightError("MANIFEST_INVALID", `a manifest of ${bytes.length} bytes is over the limit of ${LIMITS.manifest}`);
  const reader = createManifestReader();
  const entries = reader.push(bytes);
  return { ...reader.end(), entries };
}

/** Reads and checks a manifest part by part. Throws only `MANIFEST_INVALID`, `UNSAFE_PATH` or `NOT_OWNED`. */
export interface ManifestReader {
  /** Undefined until the first bytes have arrived. */
  head(): ManifestHead | undefined;
  /** The entries that this part completes. */
  push(part: Uint8Array): ManifestEntry[];
  /** All bytes have arrived. */
  end(): ManifestHead;
}

export function createManifestReader(): ManifestReader {
  const splitter = createRecordSplitter();
  let known: { head: ManifestHead; checker: ManifestChecker } | undefined;

  function read(record: Uint8Array): ManifestEntry[] {
    if (!known) {
      const head = decodeManifestHead(record);
      known = { head, checker: createManifestChecker(head) };
      return [];
    }
    const entry = decodeManifestEntry(record);
    known.checker.entry(entry);
    return [entry];
  }

  return {
    head: () => known?.head,
    push: (part) => readable(() => splitter.push(part).flatMap(read)),
    end: () =>
      readable(() => {
        splitter.end();
        if (!known) throw new SitewrightError("MANIFEST_INVALID", "the manifest is empty");
        known.checker.end();
        return known.head;
      }),
  };
}

/** Any exception of the decoder becomes `MANIFEST_INVALID`. */
function readable<T>(read: () => T): T {
  try {
    return decodeSafely(read);
  } catch (error) {
    const known = SitewrightError.from(error);
    if (known.code !== "FRAME_INVALID") throw known;
    throw new SitewrightError("MANIFEST_INVALID", `the manifest cannot be read: ${known.message}`, { cause: error });
  }
}

/** Computes the unit's digest: a hash over the hashes of its records, each of which covers a file's chunk digests and attributes. */
export interface ManifestDigester {
  /** The next bytes of the manifest. Throws `MANIFEST_INVALID`. */
  push(part: Uint8Array): void;
  /** Throws `MANIFEST_INVALID` when the manifest ended inside a record. */
  digest(): Digest;
}

export function createManifestDigester(hash: HashFunction, hasher: Hasher): ManifestDigester {
  const splitter = createRecordSplitter();
  return {
    push(part) {
      // One call for many records: each call of a native hasher costs as much as some of them.
      hasher.update(digestsOf(splitter.push(part), hash));
    },
    digest() {
      splitter.end();
      return hasher.digest().toHex();
    },
  };
}

/** The digest of a whole manifest in memory. */
export function manifestDigest(bytes: Uint8Array, hash: HashFunction): Digest {
  const splitter = createRecordSplitter();
  const digests = digestsOf(splitter.push(bytes), hash);
  splitter.end();
  return hash(digests).toHex();
}

/** One after another. */
function digestsOf(records: readonly Uint8Array[], hash: HashFunction): Uint8Array {
  const digests = new Uint8Array(records.length * DIGEST_BYTES);
  records.forEach((record, i) => digests.set(hash(record), i * DIGEST_BYTES));
  return digests;
}
