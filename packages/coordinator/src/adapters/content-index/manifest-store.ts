import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { Blake3Hasher } from "@napi-rs/blake-hash";
import type { Digest } from "@sitewright/protocol";
import { makeFolder } from "@sitewright/node-kit/make-folder";

/** A manifest that is being written. It exists completely, once it was placed, or not at all. */
export interface ManifestFile {
  write(bytes: Uint8Array): void;
  /** Waits for the disk. Returns the digest of the bytes as stored. */
  end(): Digest;
  place(digest: Digest): void;
  /** Removes it unless it was placed. */
  discard(): void;
}

/** Bytes per zstd frame; concatenated frames unpack as one stream. */
const BLOCK = 1024 * 1024;

export function manifestFolder(dataDir: string): string {
  return join(dataDir, "manifests");
}

/** For worker threads: it blocks. */
export function createManifestFile(dataDir: string): ManifestFile {
  const folder = manifestFolder(dataDir);
  makeFolder(folder, 0o700);
  const scratch = join(folder, `.${randomUUID()}`);
  let file: number | undefined = openSync(scratch, "wx", 0o600);
  const hasher = new Blake3Hasher();
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;

  function flush(to: number): void {
    const packed = zstdCompressSync(Buffer.concat(waiting));
    hasher.update(packed);
    for (let at = 0; at < packed.length;) at += writeSync(to, packed, at);
    waiting = [];
    waitingBytes = 0;
  }

  return {
    write(bytes) {
      if (file === undefined) throw new Error("the manifest is complete");
      waiting.push(bytes);
      waitingBytes += bytes.length;
      if (waitingBytes >= BLOCK) flush(file);
    },
    end() {
      if (file === undefined) throw new Error("the manifest is complete");
      if (waitingBytes > 0) flush(file);
      fsyncSync(file);
      closeSync(file);
      file = undefined;
      return hasher.digestBuffer().toHex();
    },
    place(digest) {
      renameSync(scratch, join(folder, digest));
      syncFolder(folder);
    },
    discard() {
      if (file !== undefined) closeSync(file);
      file = undefined;
      rmSync(scratch, { force: true });
    },
  };
}

function syncFolder(folder: string): void {
  if (process.platform === "win32") return; // Folders cannot be opened there; its journal keeps the order.
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Digest of a stored manifest as it is on the disk; undefined when there is none. For worker threads. */
export function storedDigest(dataDir: string, digest: Digest): Digest | undefined {
  const buffer = Buffer.allocUnsafe(BLOCK);
  const hasher = new Blake3Hasher();
  let file: number | undefined;
  try {
    file = openSync(join(manifestFolder(dataDir), digest), "r");
    for (let count = readSync(file, buffer); count > 0; count = readSync(file, buffer)) hasher.update(buffer.subarray(0, count));
    return hasher.digestBuffer().toHex();
  } catch {
    return undefined; // Whatever the fault: it is written again.
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
