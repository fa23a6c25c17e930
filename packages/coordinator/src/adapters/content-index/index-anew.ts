import { lstatSync } from "node:fs";
import { join } from "node:path";
import { unitKey } from "@sitewright/protocol";
import type { IndexProgress } from "../../app/ports.ts";
import type { UnitSource } from "../../domain/hierarchy.ts";
import { checkVersion } from "./check-version.ts";
import { createFileHashes, type FileHashes } from "./file-hashes.ts";
import type { IndexContext } from "./index-context.ts";
import { FaultList } from "./source-fault.ts";
import type { RememberedUnit } from "./unit-memory.ts";
import { createUnitReferences } from "./unit-references.ts";
import type { WalkMarks } from "./walk-marks.ts";
import { walkSource } from "./walk-source.ts";
import { createManifestWriter, type ManifestWriter } from "./write-manifest.ts";

export interface IndexedAnew extends Pick<FileHashes, "settled" | "reads" | "altered"> {
  outcome: RememberedUnit;
}

/**
 * Goes through a source, reading what changed since it was last indexed, and writes its manifest. Then looks at everything again.
 * @param marks What there was a moment ago. Throws `SourceMoved` when there is something else now.
 */
export function indexAnew(source: UnitSource, context: IndexContext, marks: WalkMarks): IndexedAnew {
  const head = { unit: source.unit, owned: source.owned.map(({ path, kind, rights }) => ({ path, kind, rights })) };
  const manifest = createManifestWriter(context.dataDir, head);
  try {
    return goThrough(source, context, marks, manifest);
  } finally {
    manifest.discard();
  }
}

function goThrough(source: UnitSource, context: IndexContext, marks: WalkMarks, manifest: ManifestWriter): IndexedAnew {
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

/** Every file that is there is known by now: when more are known, some are gone. */
function forgetFiles({ owned }: UnitSource, { root, database }: IndexContext, present: number): void {
  const folders = owned.filter(({ kind }) => kind === "folder").map(({ source }) => source);
  const known = folders.reduce((sum, folder) => sum + database.countFiles(folder), owned.length - folders.length);
  if (known === present) return;
  for (const folder of folders) database.forgetFiles(folder, (source) => isFile(join(root, source)));
}

/** A folder on the way to it may have become a file, which is an error of another kind than a name that is gone. */
function isFile(path: string): boolean {
  try {
    return lstatSync(path).isFile();
  } catch {
    return false;
  }
}
