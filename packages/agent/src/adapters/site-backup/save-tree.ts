import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
  type BigIntStats,
  type Stats,
} from "node:fs";
import { join, sep } from "node:path";
import { LARGEST_CHUNK, nextCut, SitewrightError, type ChunkSizes } from "@sitewright/protocol";
import type { SavedPart } from "../../app/site-backup/ports.ts";
import { naming } from "../disk/disk-error.ts";
import type { ChunkStore } from "./chunk-store.ts";
import { earlierEntries } from "./earlier-entries.ts";
import type { Entry, ListWriter } from "./entry-list.ts";

type Counts = Pick<SavedPart, "files" | "bytes" | "skipped">;

/** Where files are saved to. */
export interface SaveTo {
  store: ChunkStore;
  list: ListWriter;
  /** Of an earlier run, whose unchanged files are not read again. */
  earlier?: { list: string; from: number };
  /** Sitewright's own folder, which no backup may hold. */
  own: string;
}

interface Saving extends Omit<SaveTo, "earlier" | "own"> {
  /** @param changed When the file changed last, ms since 1970. */
  unchanged(path: string, version: string, changed: number): Promise<Entry | undefined>;
  signal: AbortSignal;
  counts: Counts;
  buffer: Buffer;
  /** Folders that were read: when each had changed before, and its names, between zeros. */
  folders: { path: string; mtimeNs: bigint; names: string }[];
}

/** Larger than those of content for lines: none of them crosses one, and fewer cost less. Changed, they are stored once more. */
const SIZES: ChunkSizes = {
  min: 64 * 1024,
  average: 128 * 1024,
  max: LARGEST_CHUNK,
  maskBefore: 0xffffe000 | 0,
  maskAfter: 0xfffe0000 | 0,
};
/** Bytes of a file that are in memory at once. */
const WINDOW = 8 * LARGEST_CHUNK;
/** By which the time of a file may lag behind the clock, ms. */
const CLOCK_MS = 20;
/** Folders that are compared at once. */
const FOLDERS_AT_ONCE = 1000;
/** What the decoder of names substitutes. */
const NOT_UTF8 = "\uFFFD";
/** A change within one tick of a file system's clock may leave no trace, ms: what changed this shortly before it was saved is read again. */
const TICK_MS = 2000;

/**
 * Saves a file, or a folder with all that it holds, as `target`. Links in it are saved as links and never followed. Throws `SOURCE_CHANGED` for a
 * file that changed while it was read and one that was moved past the walk, `LINK_IN_PATH` for a link, and `BAD_REQUEST` where the backup
 * itself lies in it.
 */
export async function saveTree({ earlier, own, ...to }: SaveTo, source: string, target: string, signal: AbortSignal): Promise<Counts> {
  requireSource(source, own);
  const counts = { files: 0, bytes: 0, skipped: 0 };
  await using entries = earlier && earlierEntries(earlier.list, target);
  const unchanged: Saving["unchanged"] = async (path, version, changed) => {
    if (!earlier || changed > earlier.from - TICK_MS) return undefined;
    const entry = await entries?.find(path);
    const isSame = entry?.version === version && entry.chunks?.every((digest) => to.store.has(Buffer.from(digest, "hex")));
    return isSame ? entry : undefined;
  };
  const saving: Saving = { ...to, unchanged, signal, counts, buffer: Buffer.allocUnsafe(WINDOW), folders: [] };
  const began = Date.now();
  await save(saving, source, target);
  await requireNoneMoved(saving, began);
  return counts;
}

/**
 * What was moved from a folder that had not been read into one that had is in neither. What other machines bring to an inbox meanwhile is new,
 * and belongs to the next backup. @param began When the walk did, ms since 1970.
 */
async function requireNoneMoved({ folders, signal }: Saving, began: number): Promise<void> {
  for (const [i, { path, mtimeNs, names }] of folders.entries()) {
    if (i % FOLDERS_AT_ONCE === 0) await yieldToEventLoop();
    signal.throwIfAborted();
    if ((lstatSync(path, { bigint: true, throwIfNoEntry: false })?.mtimeNs ?? mtimeNs) === mtimeNs) continue;
    const before = new Set(names.split("\0"));
    for (const name of readdirSync(path)) {
      if (before.has(name)) continue;
      const moved = join(path, name);
      const birth = lstatSync(moved, { throwIfNoEntry: false })?.birthtimeMs ?? 0;
      // 0: the file system does not say.
      if (birth === 0 || birth > began - CLOCK_MS) continue;
      throw new SitewrightError(
        "SOURCE_CHANGED",
        `${moved} was moved there while its folder was saved, and may be missing: a program that was not stopped moves files`,
        { path: moved },
      );
    }
  }
}

function requireSource(source: string, own: string): void {
  // Saved as a link, nothing of the site would be saved.
  if (lstatSync(source).isSymbolicLink())
    throw new SitewrightError("LINK_IN_PATH", `${source} is a link: name the place that it leads to, ${readlinkSync(source)}`, {
      path: source,
    });
  // The text of their paths was compared before; there may be links above them.
  if (`${realpathSync(own)}${sep}`.startsWith(`${realpathSync(source)}${sep}`))
    throw new SitewrightError("BAD_REQUEST", `${source} holds the folder of the backup: put that elsewhere`, { path: source });
}

async function save(saving: Saving, source: string, target: string): Promise<void> {
  saving.signal.throwIfAborted();
  const { list, counts } = saving;
  // Without waiting: for files that did not change this is all there is to do. A disk that hangs is a matter of the guardian.
  const stats = lstatSync(source, { bigint: true, throwIfNoEntry: false });
  if (!stats)
    throw new SitewrightError(
      source.includes(NOT_UTF8) ? "SOURCE_NAME" : "SOURCE_CHANGED",
      source.includes(NOT_UTF8)
        ? `${source} has a name that is not valid UTF-8: rename it`
        : `${source} was removed while it was saved: a program that was not stopped removes it`,
      { path: source },
    );
  const common = {
    path: target,
    mode: Number(stats.mode) & 0o7777,
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    modified: Number(stats.mtimeMs),
  };
  if (stats.isDirectory()) {
    await list.add({ ...common, kind: "folder" });
    await yieldToEventLoop();
    const names = readdirSync(source).sort();
    saving.folders.push({ path: source, mtimeNs: stats.mtimeNs, names: names.join("\0") });
    for (const name of names) await save(saving, join(source, name), `${target}/${name}`);
  } else if (stats.isSymbolicLink()) await list.add({ ...common, kind: "link", to: readlinkSync(source) });
  else if (stats.isFile()) {
    const version = versionOf(stats);
    const known = await saving.unchanged(target, version, Number(stats.ctimeNs / 1_000_000n));
    const entry: Entry = { ...common, kind: "file", version };
    if (known) await addFile(saving, { ...entry, size: known.size ?? 0, chunks: known.chunks ?? [] });
    else await saveFile(saving, source, entry);
  } else counts.skipped += 1;
}

/** Signals and time limits take effect between two folders. */
function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Every change of a file's bytes changes the time of its last change, which no program can set. */
function versionOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [ino, size, mtimeNs, ctimeNs].join(" ");
}

async function addFile({ list, counts }: Saving, entry: Entry): Promise<void> {
  counts.files += 1;
  counts.bytes += entry.size ?? 0;
  await list.add(entry);
}

async function saveFile(saving: Saving, source: string, entry: Entry): Promise<void> {
  const { store, signal, buffer } = saving;
  // Without waiting, as above: for small files the wait for each call takes longer than the call.
  const fd = openSync(source, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  const chunks: string[] = [];
  let size = 0;
  try {
    const before = fstatSync(fd);
    let filled = 0;
    for (let ended = false; !ended;) {
      const read = naming(source, "", () => readSync(fd, buffer, filled, buffer.length - filled, null));
      filled += read;
      size += read;
      ended = read === 0;
      let at = 0;
      while (at < filled && (ended || filled - at >= SIZES.max)) {
        const length = nextCut(buffer, at, filled, SIZES);
        chunks.push(Buffer.from(await store.put(buffer.subarray(at, at + length))).toString("hex"));
        at += length;
      }
      buffer.copyWithin(0, at, filled);
      filled -= at;
      if (size > buffer.length) await yieldToEventLoop();
      signal.throwIfAborted();
    }
    requireSame(source, before, fstatSync(fd), size);
  } finally {
    closeSync(fd);
  }
  await addFile(saving, { ...entry, size, chunks });
}

function requireSame(source: string, before: Stats, after: Stats, read: number): void {
  if (read === after.size && before.mtimeMs === after.mtimeMs && before.size === after.size) return;
  throw new SitewrightError("SOURCE_CHANGED", `${source} changed while it was saved: a program that was not stopped writes to it`, {
    path: source,
  });
}
