import { open, realpath, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import type { ChunkSource } from "../../app/ports.ts";
import type { ChunkTable } from "./chunk-table.ts";
import { OPEN_FLAGS } from "./hash-file.ts";

/** Open files that one source keeps at hand. */
const OPEN_FILES = 8;

interface OpenFile {
  handle: Promise<FileHandle>;
  readers: number;
}

/**
 * Reads chunks where they lie in the site data.
 * @param root Site data, as its real path.
 * @param files Places below it, by file of the table.
 */
export function openChunkSource(root: string, table: ChunkTable, files: readonly string[]): ChunkSource {
  const openFiles = new Map<number, OpenFile>(); // The one used longest ago comes first.
  let closed = false;

  function acquire(file: number): OpenFile {
    const entry = openFiles.get(file) ?? { handle: openChecked(root, table, file, files[file] ?? ""), readers: 0 };
    openFiles.delete(file);
    openFiles.set(file, entry);
    entry.readers += 1;
    return entry;
  }

  async function release(file: number, entry: OpenFile, broken: boolean): Promise<void> {
    entry.readers -= 1;
    if (broken && openFiles.get(file) === entry) openFiles.delete(file);
    if (entry.readers === 0 && openFiles.get(file) !== entry) await closeQuietly(entry);
    for (const [other, candidate] of openFiles) {
      if (openFiles.size <= OPEN_FILES) break;
      if (candidate.readers > 0) continue;
      openFiles.delete(other);
      await closeQuietly(candidate);
    }
  }

  return {
    chunks: table.fileOf.length,
    async read(ordinal) {
      const file = table.fileOf[ordinal];
      const length = table.length[ordinal];
      if (file === undefined || length === undefined)
        throw new SitewrightError("BAD_REQUEST", `the manifest has no chunk ${ordinal}: it has ${table.fileOf.length}`);
      if (closed) throw new SitewrightError("CONTENT_UNAVAILABLE", "the source was closed");
      const entry = acquire(file);
      let broken = true;
      try {
        const handle = await entry.handle;
        const bytes = Buffer.allocUnsafeSlow(length);
        const { bytesRead } = await handle.read(bytes, 0, length, table.offset[ordinal] ?? 0);
        // Looked at after reading: a change before this moment shows, a later one is not in these bytes.
        if (bytesRead !== length || !(await isAsIndexed(handle, table, file))) throw changed(files[file] ?? "");
        broken = false;
        return { bytes, compressible: table.compressible[file] === 1 };
      } finally {
        await release(file, entry, broken);
      }
    },
    async close() {
      closed = true;
      const entries = [...openFiles.values()];
      openFiles.clear();
      await Promise.all(entries.filter((entry) => entry.readers === 0).map(closeQuietly));
    },
  };
}

async function openChecked(root: string, table: ChunkTable, file: number, source: string): Promise<FileHandle> {
  if (table.known[file] !== 1) throw changed(source);
  const path = join(root, source);
  let handle: FileHandle | undefined;
  try {
    if ((await realpath(dirname(path))) !== dirname(path)) throw changed(source);
    handle = await open(path, OPEN_FLAGS);
    if (await isAsIndexed(handle, table, file)) return handle;
  } catch (error) {
    await handle?.close();
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof SitewrightError) throw error;
    // Gone, a link now, or nothing that can be opened: another thing than was indexed. The rest may pass.
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP" || code === "ENXIO") throw changed(source, error);
    throw new SitewrightError("IO_ERROR", `${source} cannot be read: ${(error as Error).message}`, { path: source, cause: error });
  }
  await handle.close();
  throw changed(source);
}

async function isAsIndexed(handle: FileHandle, table: ChunkTable, file: number): Promise<boolean> {
  const stats = await handle.stat({ bigint: true });
  return (
    stats.isFile() && Number(stats.size) === table.size[file] && stats.mtimeNs === table.mtimeNs[file] && stats.ino === table.inode[file]
  );
}

/** A handle that was never opened has told its reader why. */
async function closeQuietly(entry: OpenFile): Promise<void> {
  const handle = await entry.handle.catch(() => undefined);
  await handle?.close();
}

function changed(source: string, cause?: unknown): SitewrightError {
  return new SitewrightError(
    "SOURCE_CHANGED",
    `${source} is not what was indexed any more: start the rebuild again, it will be indexed anew`,
    { path: source, cause },
  );
}
