import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createZstdDecompress } from "node:zlib";
import { manifestFolder } from "../content-index/manifest-store.ts";

/** The canonical bytes of a stored manifest, part by part. Throws `ENOENT` if there is none. */
export async function* storedManifest(dataDir: string, digest: string): AsyncGenerator<Uint8Array> {
  const file = createReadStream(join(manifestFolder(dataDir), digest));
  const unpacked = createZstdDecompress({ chunkSize: 64 * 1024 });
  file.once("error", (error) => unpacked.destroy(error));
  try {
    yield* file.pipe(unpacked);
  } finally {
    file.destroy();
    unpacked.destroy();
  }
}

/** The digest may come from a request, and becomes a part of a path. */
export function isDigest(digest: string): boolean {
  return /^[0-9a-f]{64}$/.test(digest);
}

export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}
