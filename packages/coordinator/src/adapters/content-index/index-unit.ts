import { join } from "node:path";
import { blake3 } from "@napi-rs/blake-hash";
import {
  checkManifest,
  encodeManifest,
  manifestDigest,
  manifestTotals,
  SitewrightError,
  type Chunk,
  type Manifest,
  type ManifestEntry,
} from "@sitewright/protocol";
import type { IndexedUnit, IndexProgress } from "../../app/ports.ts";
import type { UnitSource } from "../../domain/hierarchy.ts";
import { hashFile, type HashedFile } from "./hash-file.ts";
import type { FileRecord, IndexDatabase } from "./index-database.ts";
import { writeManifest } from "./manifest-store.ts";
import { sourceError, type SourceFault } from "./source-fault.ts";
import { checkVersion, referenceFaults } from "./unit-rules.ts";
import { firstDifference, walkSource, type SourceEntry } from "./walk-source.ts";

export interface IndexContext {
  /** Real path of the site data. */
  root: string;
  dataDir: string;
  database: IndexDatabase;
  /** Remember the content as the one of its source version. */
  witness: boolean;
  /** Called often, with what was looked at so far; throws to stop. */
  tick(progress: IndexProgress): void;
}

export interface IndexOutcome {
  indexed: IndexedUnit;
  /** What had to be read, the rest was known. */
  filesRead: number;
  bytesRead: number;
}

const ATTEMPTS = 3;
/** ms; somebody who is copying files has a moment to finish. */
const PAUSE = 100;

/** Indexes one unit in place and stores its manifest. Blocks its thread: for workers only. */
export function indexUnit(source: UnitSource, context: IndexContext): IndexOutcome {
  let attempt: Attempt | undefined;
  for (let number = 1; number <= ATTEMPTS; number++) {
    attempt = tryOnce(source, context);
    if (attempt.moved === undefined) return finish(source, context, attempt);
    if (number < ATTEMPTS) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE * number);
  }
  const path = attempt?.moved ?? "";
  if (attempt?.vanished)
    throw sourceError(source.unit.name, [
      { code: "SOURCE_UNREADABLE", path, message: `it vanished while it was being read, ${ATTEMPTS} times` },
    ]);
  throw new SitewrightError(
    "SOURCE_UNSTABLE",
    `${source.unit.name} is left out: ${path} keeps changing: wait until whoever writes there has finished, then try again`,
    { path },
  );
}

interface Attempt {
  entries: SourceEntry[];
  hashed: Map<string, HashedFile>;
  faults: SourceFault[];
  filesRead: number;
  bytesRead: number;
  /** Something that is not what it was when the attempt began. */
  moved?: string;
  vanished?: boolean;
}

function tryOnce(source: UnitSource, context: IndexContext): Attempt {
  const { root } = context;
  const progress = { files: 0, bytes: 0 };
  const tick = (): void => context.tick(progress);
  const walk = walkSource(root, source.owned, tick);
  const attempt: Attempt = { entries: walk.entries, hashed: new Map(), faults: walk.faults, filesRead: 0, bytesRead: 0 };
  if (walk.vanished !== undefined) return { ...attempt, moved: walk.vanished, vanished: true };
  if (walk.faults.length > 0) throw sourceError(source.unit.name, walk.faults);
  hashFiles(context, attempt, progress);
  if (attempt.moved !== undefined) return attempt;
  if (attempt.faults.length > 0) throw sourceError(source.unit.name, attempt.faults);
  try {
    attempt.faults = referenceFaults(root, source, walk.entries);
  } catch (error) {
    noteFailure(attempt, error);
  }
  const after = walkSource(root, source.owned, tick);
  const moved = attempt.moved ?? firstDifference(walk.entries, after.entries);
  return moved === undefined ? attempt : { ...attempt, moved, vanished: after.vanished === moved };
}

function hashFiles(context: IndexContext, attempt: Attempt, progress: IndexProgress): void {
  const { root, database } = context;
  let pending: FileRecord[] = [];
  let pendingBytes = 0;
  const save = () => {
    if (pending.length > 0) database.saveFiles(pending);
    pending = [];
    pendingBytes = 0;
  };
  const onRead = (bytes: number): void => {
    progress.bytes += bytes;
    context.tick(progress);
  };
  try {
    for (const { kind, source, stats } of attempt.entries) {
      if (kind !== "file") continue;
      let hashed = database.file(source, stats);
      if (hashed) {
        onRead(Number(stats.size));
      } else {
        const hashedAt = Date.now();
        hashed = tryHash(attempt, source, () => hashFile(join(root, source), stats, onRead));
        if (attempt.moved !== undefined) return;
        if (!hashed) continue;
        attempt.filesRead += 1;
        attempt.bytesRead += Number(stats.size);
        pending.push({ source, stats, hashed, hashedAt });
        pendingBytes += Number(stats.size);
      }
      attempt.hashed.set(source, hashed);
      progress.files += 1;
      // What was hashed stays known if this process dies, at the cost of a commit now and then.
      if (pending.length >= 512 || pendingBytes >= 256 * 1024 * 1024) save();
    }
  } finally {
    save();
  }
}

/** Undefined when the file is another by now, which is noted as moved, or cannot be read, which is noted as a fault. */
function tryHash(attempt: Attempt, source: string, hash: () => HashedFile | undefined): HashedFile | undefined {
  try {
    const hashed = hash();
    if (!hashed) attempt.moved = source;
    return hashed;
  } catch (error) {
    noteFailure(attempt, error, source);
    return undefined;
  }
}

function noteFailure(attempt: Attempt, error: unknown, source?: string): void {
  const { code, message, path, syscall } = error as NodeJS.ErrnoException;
  if (syscall === undefined) throw error;
  const place = source ?? path ?? "";
  if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP") {
    attempt.moved = place;
    attempt.vanished = code !== "ELOOP";
  } else {
    attempt.faults.push({ code: "SOURCE_UNREADABLE", path: place, message: `it cannot be read: ${message}` });
  }
}

function finish(source: UnitSource, context: IndexContext, attempt: Attempt): IndexOutcome {
  if (attempt.faults.length > 0) throw sourceError(source.unit.name, attempt.faults);
  const { unit } = source;
  const manifest: Manifest = {
    unit,
    owned: source.owned.map(({ path, kind, rights }) => ({ path, kind, rights })),
    entries: attempt.entries.map((entry) => manifestEntry(entry, attempt.hashed.get(entry.source))),
  };
  checkManifest(manifest);
  checkVersion(context, source, manifest);
  const bytes = encodeManifest(manifest);
  const digest = manifestDigest(bytes, blake3);
  writeManifest(context.dataDir, digest, bytes);
  context.database.saveManifest(digest, source.owned);
  for (const top of source.owned) context.database.forgetFiles(top.source, new Set(attempt.hashed.keys()));
  const totals = manifestTotals(manifest);
  const packedBytes = [...attempt.hashed.values()].reduce((sum, file) => sum + file.packedBytes, 0);
  const indexed = {
    unit,
    manifest: digest,
    manifestBytes: bytes.length,
    files: totals.files,
    sourceBytes: totals.bytes,
    packedBytes,
    sourceVersion: source.sourceVersion ?? 0,
  };
  return { indexed, filesRead: attempt.filesRead, bytesRead: attempt.bytesRead };
}

function manifestEntry(entry: SourceEntry, hashed: HashedFile | undefined): ManifestEntry {
  const { kind, path, stats } = entry;
  const mode = Number(stats.mode) & 0o777;
  if (kind === "folder") return { kind, path, mode };
  if (kind === "link") return { kind, path, target: entry.target ?? "" };
  // A clock that was wrong once left files from before 1970 behind; the manifest counts from there.
  const modified = Math.max(0, Number(stats.mtimeNs / 1_000_000n));
  return { kind, path, mode, size: Number(stats.size), modified, chunks: hashed ? chunksOf(hashed) : [] };
}

function chunksOf(hashed: HashedFile): Chunk[] {
  return Array.from(hashed.sizes, (size, i) => ({ digest: hashed.digests.subarray(i * 32, i * 32 + 32).toHex(), size }));
}
