import {
  chmodSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import {
  createManifestDigester,
  createManifestReader,
  LARGEST_CHUNK,
  missingChunks,
  missingWords,
  SitewrightError,
  unitKey,
  type FileEntry,
  type FolderEntry,
  type ManifestEntry,
  type MediumManifest,
} from "@sitewright/protocol";
import { createPartsHasher, digestOf, hashBytes } from "@sitewright/node-kit/hash";
import type { OpenMedium } from "@sitewright/node-kit/medium";
import { closeQuietly } from "@sitewright/node-kit/medium-files";
import { isReadable, openPacks, type PackReader } from "@sitewright/node-kit/medium-packs";
import { isAlive } from "@sitewright/node-kit/is-alive";
import { makeFolder } from "@sitewright/node-kit/make-folder";
import type { ChunkPlace } from "../../domain/media/layout.ts";
import { chunkPlaces } from "./chunk-places.ts";
import { onDisk, requireRoom } from "./volume-files.ts";

/**
 * In the target, until a unit is whole, with the number of the process that writes it: what two wrote at once into one would count as whole. The
 * next call removes what a kill left.
 */
const DRAFT = ".sitewright-medium.";
/** While its names are moved out of it: the next call moves what a kill left there. */
const WHOLE = `${DRAFT}whole`;

export interface ExtractedUnit {
  unit: MediumManifest["unit"];
  files: number;
  bytes: number;
}

/**
 * Writes the content of units into a folder, each below its own paths; nothing is replaced, and a unit appears when all of it is there and
 * proved. Throws `CONFLICT`, `DISK_FULL`, `MEDIUM_LOCKED`, `MEDIUM_VOLUME_MISSING`, `MEDIUM_DAMAGED`, `HASH_MISMATCH`, `UNSAFE_PATH`; the units before
 * stay then. @param wanted Ids of packages; none: all units. @param told Called with each unit that is there.
 */
export function extractUnits(medium: OpenMedium, to: string, wanted: readonly string[], told: (unit: ExtractedUnit) => void): void {
  const { table, packs } = medium;
  if (table.keys.length > 0)
    throw new SitewrightError(
      "MEDIUM_LOCKED",
      `the medium ${table.medium} is encrypted to ${table.keys.map(({ system }) => system).join(", ")}: only they can read it`,
    );
  const units = table.manifests
    .map((manifest, index) => ({ manifest, index }))
    .filter(({ manifest }) => wanted.length === 0 || wanted.includes(manifest.unit.name));
  const lacking = wanted.find((id) => units.every(({ manifest }) => manifest.unit.name !== id));
  if (lacking !== undefined) throw new SitewrightError("NOT_FOUND", `the medium ${table.medium} has no ${lacking}`);
  for (const { manifest } of units) {
    const missing = missingChunks(manifest.runs, table.packs, (number) => isReadable(packs, number));
    if (missing.elsewhere + missing.volumes.size > 0)
      throw new SitewrightError(
        "MEDIUM_VOLUME_MISSING",
        `${unitKey(manifest.unit)}: ${missingWords(missing)}: name the folders of all volumes`,
      );
  }
  const reader = openPacks(packs);
  const draft = join(to, `${DRAFT}${process.pid}`);
  try {
    moveOut(to);
    removeDrafts(to);
    const bytes = units.reduce((sum, { manifest }) => sum + manifest.sourceBytes, 0);
    requireRoom(to, bytes, "what is to be imported");
    for (const { manifest, index } of units) {
      // Before hours are spent on it.
      requireFree(topNames(medium, index), to);
      rmSync(draft, { recursive: true, force: true });
      makeFolder(draft);
      const done = extractUnit(medium, { manifest, index, reader, draft });
      place(draft, to);
      told(done);
    }
  } finally {
    reader.close();
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Of what a unit puts into the target. */
function topNames(medium: OpenMedium, index: number): Set<string> {
  const names = new Set<string>();
  const reader = createManifestReader();
  for (const part of medium.manifest(index)) for (const { path } of reader.push(part)) names.add(path.split("/", 1)[0] as string);
  return names;
}

interface UnitWork {
  manifest: MediumManifest;
  index: number;
  reader: PackReader;
  draft: string;
}

function extractUnit(medium: OpenMedium, { manifest, index, reader, draft }: UnitWork): ExtractedUnit {
  const places = chunkPlaces(manifest.runs, 0);
  const folders: FolderEntry[] = [];
  const checked = createManifestReader();
  const digester = createManifestDigester(hashBytes, createPartsHasher());
  for (const part of medium.manifest(index)) {
    digester.push(part);
    // Paths and links were checked when an entry is given out.
    for (const entry of checked.push(part)) {
      if (entry.kind === "folder") folders.push(entry);
      extractEntry(entry, draft, () => reader, places);
    }
  }
  checked.end();
  if (digester.digest() !== manifest.digest)
    throw new SitewrightError("HASH_MISMATCH", `the list of content of ${unitKey(manifest.unit)} is not the one that the table names`);
  // The deepest first: a folder may be read-only.
  for (const { path, mode } of folders.toReversed()) chmodSync(join(draft, path), mode);
  return { unit: manifest.unit, files: manifest.files, bytes: manifest.sourceBytes };
}

function extractEntry(entry: ManifestEntry, draft: string, reader: () => PackReader, places: (size: number) => ChunkPlace): void {
  const target = join(draft, entry.path);
  makeFolder(dirname(target));
  if (entry.kind === "folder") makeFolder(target);
  else if (entry.kind === "link") symlinkSync(entry.target, target);
  else extractFile(entry, target, reader(), places);
}

const buffer = Buffer.allocUnsafeSlow(LARGEST_CHUNK);

function extractFile(
  { path, chunks, mode, modified }: FileEntry,
  target: string,
  reader: PackReader,
  places: (size: number) => ChunkPlace,
): void {
  const file = onDisk(target, () => openSync(target, "wx", 0o600));
  try {
    for (const { size, digest } of chunks) {
      const { pack, offset } = places(size);
      const bytes = buffer.subarray(0, size);
      reader.read(pack, offset, bytes);
      if (digestOf(bytes) !== digest)
        throw new SitewrightError(
          "MEDIUM_DAMAGED",
          `a chunk of ${path} has other bytes on the medium than were written: use another copy of the volume`,
          { path },
        );
      onDisk(target, () => {
        for (let at = 0; at < size;) at += writeSync(file, bytes, at);
      });
    }
    onDisk(target, () => fsyncSync(file));
  } finally {
    closeQuietly(file);
  }
  utimesSync(target, modified / 1000, modified / 1000);
  chmodSync(target, mode);
}

/** Of processes that have ended. */
function removeDrafts(to: string): void {
  for (const name of existsSync(to) ? readdirSync(to) : []) {
    const [, pid] = /^\.sitewright-medium\.(\d+)$/.exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(to, name), { recursive: true, force: true });
  }
}

/** Throws `CONFLICT`: nothing of the unit appears then. */
function place(draft: string, to: string): void {
  requireFree(readdirSync(draft), to);
  renameSync(draft, join(to, WHOLE));
  moveOut(to);
}

/** Everything of a unit that is whole. May be repeated. */
function moveOut(to: string): void {
  const whole = join(to, WHOLE);
  if (!existsSync(whole)) return;
  const names = readdirSync(whole);
  requireFree(names, to);
  for (const name of names) renameSync(join(whole, name), join(to, name));
  rmdirSync(whole);
}

function requireFree(names: Iterable<string>, to: string): void {
  for (const name of names) {
    const path = join(to, name);
    if (!existsSync(path)) continue;
    const advice = "nothing is replaced; name another folder, or the packages that are not there yet with --package";
    throw new SitewrightError("CONFLICT", `${path} is there already: ${advice}`, { path });
  }
}
