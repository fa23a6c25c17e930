import { lstatSync, closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { UNIT_KINDS, unitKey } from "@sitewright/protocol";
import type { IndexProgress } from "../../app/ports/content.ts";
import type { UnitSource } from "../../domain/sites/hierarchy.ts";
import { checkVersion } from "./check-version.ts";
import { createFileHashes, type FileHashes } from "./file-hashes.ts";
import type { IndexContext } from "./index-context.ts";
import { FaultList, read, SourceMoved } from "./walk/source-fault.ts";
import type { RememberedUnit } from "./tables/unit-memory.ts";
import type { WalkMarks } from "./walk/walk-marks.ts";
import { walkSource, type SourceEntry } from "./walk/walk-source.ts";
import { createManifestWriter, type ManifestWriter } from "./write-manifest.ts";
import { brokenReferences, isReferring, type ReferringFile } from "../../domain/runs/references.ts";
import { OPEN_FLAGS } from "./hash-file.ts";

/** Follows the references of a client access point; other units have none. */
interface UnitReferences {
  add(entry: SourceEntry): void;
  /** Finds broken chains. Throws `SourceMoved`. */
  check(faults: FaultList): void;
}

/** A client reads these line by line; a larger file is not one of them. */
const LARGEST_REFERRING = 1024 * 1024;

function createUnitReferences(root: string, { unit }: UnitSource): UnitReferences {
  const packages: string[] = [];
  /** Places of the files in offerinf.box, by name. */
  const offers = new Map<string, string>();
  const referring: string[] = [];
  const folders = { offers: `${unit.name}/offerinf.box/`, packages: `${unit.name}/pkginfo.box/` };
  const nameIn = (folder: string, path: string) =>
    path.startsWith(folder) && !path.includes("/", folder.length) ? path.slice(folder.length) : undefined;

  function* files(faults: FaultList): Generator<ReferringFile> {
    for (const name of referring) {
      const source = offers.get(name) ?? name;
      const bytes = read(faults, source, () => readReferring(join(root, source), source));
      // Binary files of the same extension are not checked.
      if (bytes && !bytes.includes(0)) yield { name, text: bytes.toString("utf8") };
    }
  }

  return {
    add({ kind, path, source, stats }) {
      if (!UNIT_KINDS[unit.role].holdsReferences || kind === "folder") return;
      const pack = nameIn(folders.packages, path);
      if (pack !== undefined) packages.push(pack);
      const offer = nameIn(folders.offers, path);
      if (offer === undefined) return;
      offers.set(offer, source);
      if (kind === "file" && isReferring(offer) && stats.size <= LARGEST_REFERRING) referring.push(offer);
    },
    check(faults) {
      for (const { file, line, missing, folder } of brokenReferences(files(faults), offers.keys(), packages)) {
        const place = `${offers.get(file) ?? file}:${line}`;
        faults.add("BROKEN_REFERENCE", place, `it names ${missing}, which is not in ${folder}: restore that file, or take out the line`);
      }
    },
  };
}

/** It was a small file a moment ago: a pipe, a link or a larger file in its place means that another process is changing the source. */
function readReferring(path: string, source: string): Buffer {
  const file = openSync(path, OPEN_FLAGS);
  try {
    if (!fstatSync(file).isFile()) throw new SourceMoved(source);
    const bytes = Buffer.allocUnsafe(LARGEST_REFERRING + 1);
    let filled = 0;
    for (let count = -1; count !== 0 && filled < bytes.length; filled += count)
      count = readSync(file, bytes, filled, bytes.length - filled, null);
    if (filled > LARGEST_REFERRING) throw new SourceMoved(source);
    return bytes.subarray(0, filled);
  } finally {
    closeSync(file);
  }
}

export interface FullyIndexed extends Pick<FileHashes, "settled" | "reads" | "altered"> {
  outcome: RememberedUnit;
}

/**
 * Walks a source, reads what changed since it was last indexed, and writes its manifest. Then checks everything again.
 * @param marks The state a moment ago. Throws `SourceMoved` when the source changed since.
 */
export function indexFully(source: UnitSource, context: IndexContext, marks: WalkMarks): FullyIndexed {
  const head = { unit: source.unit, owned: source.owned.map(({ path, kind, rights }) => ({ path, kind, rights })) };
  const manifest = createManifestWriter(context.dataDir, head);
  try {
    return goThrough(source, context, marks, manifest);
  } finally {
    manifest.discard();
  }
}

function goThrough(source: UnitSource, context: IndexContext, marks: WalkMarks, manifest: ManifestWriter): FullyIndexed {
  const { root, database } = context;
  const faults = new FaultList();
  const progress = { files: 0, bytes: 0 };
  const hashes = createFileHashes(context, source, faults, (bytes) => {
    progress.bytes += bytes;
    context.tick(progress);
  });
  const references = createUnitReferences(root, source);
  const before = marks.again();
  try {
    for (const entry of walkSource(root, source.owned, faults)) {
      before.check(entry);
      references.add(entry);
      const hashed = entry.kind === "file" ? hashes.of(entry) : undefined;
      if (faults.count === 0) manifest.add(entry, hashed);
      if (hashed) progress.files += 1;
      context.tick(progress);
    }
    before.end();
  } finally {
    hashes.save();
  }
  faults.throwFor(source.unit.name);
  references.check(faults);
  lookAgain(source, context, marks, progress);
  faults.throwFor(source.unit.name);

  const { content, stored, digest, manifestBytes, files, sourceBytes, packedBytes } = manifest.end();
  checkVersion(context, source, content);
  database.saveManifest({ digest, root, unit: unitKey(source.unit), owned: source.owned, used: Date.now() }, () => manifest.place(digest));
  forgetFiles(source, context, files);
  const indexed = { unit: source.unit, manifest: digest, manifestBytes, files, sourceBytes, packedBytes };
  return { outcome: { indexed, content, stored }, settled: hashes.settled, reads: hashes.reads, altered: hashes.altered };
}

function lookAgain(source: UnitSource, { root, tick }: IndexContext, marks: WalkMarks, progress: IndexProgress): void {
  const after = marks.again();
  for (const entry of walkSource(root, source.owned, new FaultList())) {
    after.check(entry);
    tick(progress);
  }
  after.end();
}

/** Every existing file is known by now: a higher count means deleted files. */
function forgetFiles({ owned }: UnitSource, { root, database }: IndexContext, present: number): void {
  const folders = owned.filter(({ kind }) => kind === "folder").map(({ source }) => source);
  const known = folders.reduce((sum, folder) => sum + database.countFiles(folder), owned.length - folders.length);
  if (known === present) return;
  for (const folder of folders) database.forgetFiles(folder, (source) => isFile(join(root, source)));
}

/** A folder of its path may have become a file, which gives another error than a missing name. */
function isFile(path: string): boolean {
  try {
    return lstatSync(path).isFile();
  } catch {
    return false;
  }
}
