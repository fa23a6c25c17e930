import { closeSync, openSync, readSync } from "node:fs";
import {
  createManifestDigester,
  createManifestReader,
  decodeManifestEntry,
  recordAt,
  SitewrightError,
  type Digest,
  type ManifestHead,
  type ManifestTotals,
} from "@sitewright/protocol";
import type { ManifestWindow } from "../../app/ports/stores.ts";
import { servedMode } from "../../domain/rights/rights.ts";
import { platform } from "../disk/platform/platform.ts";
import { createPartsHasher, hashBytes } from "@sitewright/node-kit/hash";

/** Bytes per read. */
const PART = 256 * 1024;
/** A window ends with the first of these that it reaches: entries, chunks. */
const WINDOW_ENTRIES = 4096;
const WINDOW_CHUNKS = 16_384;

/** Result of reading a whole manifest. */
export interface ManifestFacts {
  head: ManifestHead;
  entries: number;
  totals: ManifestTotals;
}

/** Checks a manifest as its bytes arrive. Throws only `MANIFEST_INVALID`, `UNSAFE_PATH`, `NOT_OWNED` or `HASH_MISMATCH`. */
export interface ManifestProof {
  push(part: Uint8Array): void;
  end(digest: Digest): ManifestFacts;
}

export function createManifestProof(): ManifestProof {
  const digester = createManifestDigester(hashBytes, createPartsHasher());
  const reader = createManifestReader();
  const totals: ManifestTotals = { files: 0, bytes: 0, chunks: 0 };
  let entries = 0;
  return {
    push(part) {
      digester.push(part);
      for (const entry of reader.push(part)) {
        entries += 1;
        if (entry.kind !== "file") continue;
        totals.files += 1;
        totals.bytes += entry.size;
        totals.chunks += entry.chunks.length;
      }
    },
    end(digest) {
      if (digester.digest() !== digest)
        throw new SitewrightError("HASH_MISMATCH", `the received manifest is not ${digest}: check the site server's disk and the line`);
      return { head: reader.end(), entries, totals };
    },
  };
}

/** The bytes of a file, part by part; each belongs to the caller. */
export function* readParts(path: string): Generator<Uint8Array> {
  const fd = openSync(path, "r");
  try {
    for (;;) {
      const part = Buffer.allocUnsafe(PART);
      const length = readSync(fd, part, 0, PART, null);
      if (length === 0) return;
      yield part.subarray(0, length);
    }
  } finally {
    closeSync(fd);
  }
}

export function readRange(path: string, from: number, to: number): Uint8Array {
  const fd = openSync(path, "r");
  try {
    return readAt(fd, from, to - from);
  } finally {
    closeSync(fd);
  }
}

/** Fewer bytes where the file ends. */
export function readAt(fd: number, from: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const count = readSync(fd, bytes, filled, length - filled, from + filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

/**
 * The entries of a manifest that was checked before, with the permissions they are served with. One buffer, as large as the largest record,
 * is used for everything.
 */
export function* readWindows(path: string): Generator<ManifestWindow> {
  const fd = openSync(path, "r");
  try {
    let buffer = Buffer.allocUnsafeSlow(PART);
    let filled = 0;
    let headRead = false;
    let window: ManifestWindow = { entries: [], first: 0 };
    let chunks = 0;
    for (;;) {
      const length = readSync(fd, buffer, filled, buffer.length - filled, null);
      if (length === 0) break;
      filled += length;
      const bytes = buffer.subarray(0, filled);
      let at = 0;
      let place = recordAt(bytes, at);
      for (; place && place.to <= filled; place = recordAt(bytes, at)) {
        at = place.to;
        if (!headRead) {
          headRead = true;
          continue;
        }
        const entry = decodeManifestEntry(bytes.subarray(place.from, place.to));
        if (entry.kind !== "link") entry.mode = platform.keptMode(entry.kind, servedMode(entry.kind, entry.mode));
        window.entries.push(entry);
        if (entry.kind === "file") chunks += entry.chunks.length;
        if (window.entries.length < WINDOW_ENTRIES && chunks < WINDOW_CHUNKS) continue;
        yield window;
        window = { entries: [], first: window.first + chunks };
        chunks = 0;
      }
      const next = place && place.to - at > buffer.length ? Buffer.allocUnsafeSlow(place.to - at) : buffer;
      buffer.copy(next, 0, at, filled);
      buffer = next;
      filled -= at;
    }
    if (window.entries.length > 0) yield window;
  } finally {
    closeSync(fd);
  }
}
