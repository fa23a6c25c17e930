import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { LIMITS } from "@sitewright/protocol";

let written = 0;

export function manifestFolder(dataDir: string): string {
  return join(dataDir, "manifests");
}

/** Stores the canonical bytes, so that after a crash there is the whole file or none. For worker threads: it waits for the disk. */
export function writeManifest(dataDir: string, digest: string, bytes: Uint8Array): void {
  const folder = manifestFolder(dataDir);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const scratch = join(folder, `.${digest}.${process.pid}.${performance.timeOrigin}.${written++}`);
  const file = openSync(scratch, "wx", 0o600);
  try {
    const packed = zstdCompressSync(bytes);
    for (let at = 0; at < packed.length;) at += writeSync(file, packed, at);
    fsyncSync(file);
  } catch (error) {
    rmSync(scratch, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  renameSync(scratch, join(folder, digest));
}

/** As it was stored, in zstd; undefined when there is no manifest of this digest. */
export async function readManifest(dataDir: string, digest: string): Promise<Uint8Array | undefined> {
  // The digest may come from a request, and becomes a part of a path.
  if (!/^[0-9a-f]{64}$/.test(digest)) return undefined;
  try {
    return await readFile(join(manifestFolder(dataDir), digest));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** For worker threads. */
export function unpackManifest(packed: Uint8Array): Uint8Array {
  return zstdDecompressSync(packed, { maxOutputLength: LIMITS.manifest });
}
