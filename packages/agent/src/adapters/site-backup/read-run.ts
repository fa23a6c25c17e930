import { chmodSync, chownSync, closeSync, existsSync, lchownSync, openSync, readdirSync, utimesSync, writeSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { SitewrightError } from "@sitewright/protocol";
import { hashBytes } from "@sitewright/node-kit/hash";
import { makeFolder } from "@sitewright/node-kit/make-folder";
import type { RunRecord } from "../../app/site-backup/ports.ts";
import type { Share } from "../../app/site-backup/verify-cycle.ts";
import { naming } from "../disk/disk-error.ts";
import { platform } from "../disk/platform/platform.ts";
import { entriesIn, type Entry } from "./entry-list.ts";
import type { OpenSnapshotStore } from "./snapshot-store.ts";

/** Damage, and which part of the snapshot it makes useless; absent: all of them. */
export interface Finding {
  path: string;
  why: string;
  part?: string;
}

/** What a verification found. */
export interface Verified {
  run: string;
  state: RunRecord["state"];
  /** Files with all their bytes as they were saved. */
  good: number;
  bad: Finding[];
  /** Files whose bytes were not read this time; that their chunks are there is checked. */
  notTested: number;
  /** Why the result could not be noted: alerts do not know of it. */
  unnoted?: string;
}

/** Reads files of a share, so that verifications of all shares read all of them; in doubt each reads all. Changes no snapshot. */
export async function verifyRun(store: OpenSnapshotStore, record: RunRecord, share: Share, signal: AbortSignal): Promise<Verified> {
  const verified: Verified = { run: record.run, state: record.state, good: 0, bad: [], notTested: 0 };
  const partOf = ({ path }: Entry): Pick<Finding, "part"> => {
    const saved = record.parts.find(({ target }) => path === target || path.startsWith(`${target}/`));
    return saved ? { part: saved.part } : {};
  };
  try {
    for await (const entry of entriesOf(store, record)) {
      signal.throwIfAborted();
      if (entry.kind !== "file") continue;
      // Where damage was seen there may be more.
      const read = isOfShare(entry.path, share) || store.chunks.isDoubtful;
      if (!(await isThere(store, entry, { read, signal })))
        verified.bad.push({ path: entry.path, why: read ? "bytes are missing or damaged" : "bytes are missing", ...partOf(entry) });
      else if (read) verified.good += 1;
      else verified.notTested += 1;
    }
  } catch (error) {
    signal.throwIfAborted();
    verified.bad.push({ path: `${record.run}.list`, why: SitewrightError.from(error).message });
  }
  return verified;
}

/** By their names, and not by their places in the list: there a new file would exchange those that were read with those that were not. */
function isOfShare(path: string, { nth, of, count = 1 }: Share): boolean {
  return of === 1 || ((Buffer.from(hashBytes(Buffer.from(path))).readUInt32BE() % of) + of - (nth - 1)) % of < count;
}

/** Whether all chunks of a file are. @param read Whether their bytes are compared with their digests. */
async function isThere(
  { chunks }: OpenSnapshotStore,
  file: Entry,
  { read, signal }: { read: boolean; signal: AbortSignal },
): Promise<boolean> {
  let bytes = 0;
  for (const name of file.chunks ?? []) {
    const digest = Buffer.from(name, "hex");
    if (!read && !chunks.has(digest)) return false;
    if (!read) continue;
    const found = chunks.read(digest);
    if (!found) return false;
    bytes += found.length;
    // Who asks for the state of the backups meanwhile waits for no large file.
    if (bytes % YIELD_BYTES < found.length) await nextTurn();
    signal.throwIfAborted();
  }
  return true;
}

/** The entries of a run. Throws `SNAPSHOT_DAMAGED` if the list is not that of the run, at its end. */
export function entriesOf(store: OpenSnapshotStore, record: RunRecord): AsyncGenerator<Entry> {
  return entriesIn(store.listOf(record.run), record);
}

/**
 * Writes everything of a run into an empty folder, by the targets of the control file. Nothing is written before the list was read whole.
 * Throws `SNAPSHOT_DAMAGED`, `BAD_REQUEST`.
 */
export async function restoreRun(store: OpenSnapshotStore, record: RunRecord, folder: string, signal: AbortSignal): Promise<Extracted> {
  for await (const _ of entriesOf(store, record));
  makeFolder(folder, 0o700);
  if (readdirSync(folder).length > 0)
    throw new SitewrightError("BAD_REQUEST", `${folder} is not empty: name an empty folder`, { path: folder });
  return extract({ store, record, placeOf: (path) => join(folder, path), signal });
}

/**
 * Writes what a run saved as a target to the place that is named for it; the rest is left out. Everything is on the disk when it resolves.
 * @param places By target. Throws `SNAPSHOT_DAMAGED`.
 */
export async function extractTargets(
  store: OpenSnapshotStore,
  record: RunRecord,
  places: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<Extracted> {
  for await (const _ of entriesOf(store, record));
  const placeOf = (path: string): string | undefined => {
    for (const [target, place] of places)
      if (path === target || path.startsWith(`${target}/`)) return join(place, path.slice(target.length));
    return undefined;
  };
  for (const place of places.values()) makeFolder(dirname(place));
  const extracted = await extract({ store, record, placeOf, signal });
  for (const place of places.values()) platform.syncAll(dirname(place));
  return extracted;
}

/** What was written. */
export interface Extracted {
  files: number;
  bytes: number;
}

interface Extraction {
  store: OpenSnapshotStore;
  record: RunRecord;
  /** Undefined: it is left out. */
  placeOf(path: string): string | undefined;
  signal: AbortSignal;
}

async function extract({ store, record, placeOf, signal }: Extraction): Promise<Extracted> {
  const folders: { place: string; entry: Entry }[] = [];
  const links = new Map<string, { place: string; entry: Entry }>();
  const counts = { files: 0, bytes: 0 };
  for await (const entry of entriesOf(store, record)) {
    signal.throwIfAborted();
    requireInside(record, entry.path, links);
    const place = placeOf(entry.path);
    if (place === undefined) continue;
    makeFolder(dirname(place), 0o700);
    if (entry.kind === "folder") {
      makeFolder(place, 0o700);
      folders.push({ place, entry });
    } else if (entry.kind === "link") {
      links.set(entry.path, { place, entry });
    } else {
      counts.bytes += await writeFile(store, entry, place, signal);
      counts.files += 1;
      setFacts(place, entry);
    }
  }
  makeLinks([...links.values()]);
  // Innermost first, when nothing changes their times any more.
  for (const { place, entry } of folders.reverse()) setFacts(place, entry);
  return counts;
}

/** When all else is there, and what they lead to before them: on Windows a link is one to a folder only if the folder is there by then. */
function makeLinks(links: readonly { place: string; entry: Entry }[]): void {
  const leads = Map.groupBy(links, ({ place, entry }) => existsSync(resolve(dirname(place), entry.to ?? "")));
  const ready = leads.get(true);
  for (const { place, entry } of ready ?? links) {
    platform.makeLink(entry.to ?? "", place);
    own(() => lchownSync(place, entry.uid, entry.gid));
  }
  if (ready) makeLinks(leads.get(false) ?? []);
}

function requireInside({ run }: RunRecord, path: string, links: ReadonlyMap<string, unknown>): void {
  const names = path.split("/");
  if (
    names.some((name) => name === "" || name === "." || name === ".." || name.includes("\0")) ||
    names.some((_, i) => links.has(names.slice(0, i).join("/")))
  )
    throw new SitewrightError("SNAPSHOT_DAMAGED", `the run ${run} holds the path ${JSON.stringify(path)}, which leads out of its folder`);
}

/** Signals take effect after this many bytes, at most. */
const YIELD_BYTES = 16 * 1024 * 1024;

async function writeFile(store: OpenSnapshotStore, { path, chunks = [] }: Entry, place: string, signal: AbortSignal): Promise<number> {
  const fd = openSync(place, "wx", 0o600);
  let written = 0;
  try {
    for (const digest of chunks) {
      const bytes = store.chunks.read(Buffer.from(digest, "hex"));
      if (!bytes) throw new SitewrightError("SNAPSHOT_DAMAGED", `bytes of ${path} are missing or damaged: use another run`, { path });
      naming(place, "", () => {
        for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
      });
      written += bytes.length;
      if (written % YIELD_BYTES < bytes.length) await nextTurn();
      signal.throwIfAborted();
    }
    naming(place, "", () => platform.syncFile(fd));
    return written;
  } finally {
    closeSync(fd);
  }
}

function setFacts(place: string, { mode, uid, gid, modified }: Entry): void {
  own(() => chownSync(place, uid, gid));
  utimesSync(place, modified / 1000, modified / 1000);
  // Last: with the owner, and under Wine with the times, permissions change.
  chmodSync(place, mode);
}

/** Only the administrator may give files away. */
function own(give: () => void): void {
  try {
    give();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") throw error;
  }
}
