import { constants, type Stats } from "node:fs";
import { lstat, open, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { chunkSizes, LARGEST_CHUNK, nextCut, SitewrightError } from "@sitewright/protocol";
import type { SavedPart } from "../../app/site-backup/ports.ts";
import type { ChunkStore } from "./chunk-store.ts";
import type { Entry, ListWriter } from "./entry-list.ts";

type Counts = Pick<SavedPart, "files" | "bytes" | "skipped">;

interface Saving {
  store: ChunkStore;
  list: ListWriter;
  signal: AbortSignal;
  counts: Counts;
  buffer: Buffer;
}

/** Bytes of a file that are in memory at once. */
const WINDOW = 8 * LARGEST_CHUNK;

/**
 * Saves a file, or a folder with all that it holds, as `target`. Links are saved as links and never followed. Throws `SOURCE_CHANGED` for a
 * file that changed while it was read.
 */
export async function saveTree(
  to: { store: ChunkStore; list: ListWriter },
  source: string,
  target: string,
  signal: AbortSignal,
): Promise<Counts> {
  const counts = { files: 0, bytes: 0, skipped: 0 };
  await save({ ...to, signal, counts, buffer: Buffer.allocUnsafe(WINDOW) }, source, target);
  return counts;
}

async function save(saving: Saving, source: string, target: string): Promise<void> {
  saving.signal.throwIfAborted();
  const { list, counts } = saving;
  const stats = await lstat(source);
  const common = { path: target, mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid, modified: Math.floor(stats.mtimeMs) };
  if (stats.isDirectory()) {
    await list.add({ ...common, kind: "folder" });
    for (const name of (await readdir(source)).sort()) await save(saving, join(source, name), `${target}/${name}`);
  } else if (stats.isSymbolicLink()) await list.add({ ...common, kind: "link", to: await readlink(source) });
  else if (stats.isFile()) await saveFile(saving, source, { ...common, kind: "file" });
  else counts.skipped += 1;
}

async function saveFile({ store, list, signal, counts, buffer }: Saving, source: string, entry: Entry): Promise<void> {
  await using handle = await open(source, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  const before = await handle.stat();
  const sizes = chunkSizes(before.size);
  const chunks: string[] = [];
  let filled = 0;
  let size = 0;
  for (let ended = false; !ended;) {
    signal.throwIfAborted();
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, null);
    filled += bytesRead;
    size += bytesRead;
    ended = bytesRead === 0;
    let at = 0;
    while (at < filled && (ended || filled - at >= sizes.max)) {
      const length = nextCut(buffer, at, filled, sizes);
      chunks.push(Buffer.from(store.put(buffer.subarray(at, at + length))).toString("hex"));
      at += length;
    }
    buffer.copyWithin(0, at, filled);
    filled -= at;
  }
  requireSame(source, before, await handle.stat(), size);
  counts.files += 1;
  counts.bytes += size;
  await list.add({ ...entry, size, chunks });
}

function requireSame(source: string, before: Stats, after: Stats, read: number): void {
  if (read === after.size && before.mtimeMs === after.mtimeMs && before.size === after.size) return;
  throw new SitewrightError("SOURCE_CHANGED", `${source} changed while it was saved: a program that was not stopped writes to it`, {
    path: source,
  });
}
