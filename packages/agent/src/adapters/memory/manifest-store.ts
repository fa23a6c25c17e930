import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { manifestDigest } from "@sitewright/protocol";
import type { ManifestStore } from "../../app/units/unit-ports.ts";
import { diskError, isAbsent } from "../disk/disk-error.ts";
import { hashBytes } from "../hash.ts";
import { syncFolder } from "../disk/sync-folder.ts";

/** One file a manifest, named by its digest. */
export function createManifestStore(dataDir: string): ManifestStore {
  const folder = join(dataDir, "manifests");
  mkdirSync(folder, { recursive: true, mode: 0o700 });

  return {
    save(digest, bytes) {
      const unfinished = join(folder, `${digest}.new`);
      try {
        writeDurably(unfinished, bytes);
        renameSync(unfinished, join(folder, digest));
        syncFolder(folder);
      } catch (error) {
        rmSync(unfinished, { force: true });
        throw diskError(error, folder, digest);
      }
    },
    load(digest) {
      try {
        const bytes = readFileSync(join(folder, digest));
        return manifestDigest(bytes, hashBytes) === digest ? bytes : undefined;
      } catch (error) {
        // A damaged file is as good as none: the manifest is fetched again.
        if (isAbsent(error) || (error instanceof Error && error.name === "SitewrightError")) return undefined;
        throw error;
      }
    },
    keepOnly(digests) {
      for (const name of readdirSync(folder)) if (!digests.has(name)) rmSync(join(folder, name), { force: true });
    },
  };
}

function writeDurably(path: string, bytes: Uint8Array): void {
  const fd = openSync(path, "w", 0o600);
  try {
    writeFileSync(fd, bytes);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
