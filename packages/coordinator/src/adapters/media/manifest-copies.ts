import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { packedFilesIn, type PackedFile } from "@sitewright/protocol";
import { openScratchFolder } from "@sitewright/node-kit/scratch-folder";
import { onDisk } from "./volume-files.ts";
import { isDigest, isMissing, storedManifest } from "../content-threads/stored-manifest.ts";

/** The manifests of a medium while it is written, unpacked in a temporary folder of their own; to be disposed of. */
export interface ManifestCopies extends Disposable {
  /** False: the coordinator does not have it. */
  add(digest: string): Promise<boolean>;
  /** Its bytes, part by part; each belongs to the caller, who may need it to join a record with the next one. */
  parts(digest: string, size?: number): Generator<Uint8Array>;
  /** Its files, in order. */
  files(digest: string): Generator<PackedFile>;
}

const PART = 1024 * 1024;

/** @param dataDir Of the coordinator. */
export function openManifestCopies(dataDir: string): ManifestCopies {
  const scratch = openScratchFolder("medium");
  const folder = scratch.path;

  function* parts(digest: string, size = PART): Generator<Uint8Array> {
    const file = openSync(join(folder, digest), "r");
    try {
      for (;;) {
        const part = Buffer.allocUnsafeSlow(size);
        let filled = 0;
        for (let count = -1; count !== 0 && filled < size; filled += count) count = readSync(file, part, filled, size - filled, null);
        if (filled === 0) return;
        yield part.subarray(0, filled);
      }
    } finally {
      closeSync(file);
    }
  }

  return {
    async add(digest) {
      if (!isDigest(digest)) return false;
      const path = join(folder, digest);
      const file = openSync(path, "w", 0o600);
      try {
        for await (const part of storedManifest(dataDir, digest))
          onDisk(path, () => {
            for (let at = 0; at < part.length;) at += writeSync(file, part, at);
          });
        return true;
      } catch (error) {
        if (isMissing(error)) return false;
        throw error;
      } finally {
        closeSync(file);
      }
    },
    parts,
    files: (digest) => packedFilesIn(parts(digest)),
    [Symbol.dispose]: scratch[Symbol.dispose],
  };
}
