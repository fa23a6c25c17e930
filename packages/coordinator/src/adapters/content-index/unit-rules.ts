import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Blake3Hasher } from "@napi-rs/blake-hash";
import { SitewrightError, unitKey, type Manifest } from "@sitewright/protocol";
import type { UnitSource } from "../../domain/hierarchy.ts";
import { brokenReferences, isReferring, type ReferringFile } from "../../domain/references.ts";
import type { IndexDatabase } from "./index-database.ts";
import type { SourceFault } from "./source-fault.ts";
import type { SourceEntry } from "./walk-source.ts";

/** A client reads these line by line; anything larger is none of them. */
const LARGEST_REFERRING = 1024 * 1024;

/** Chains of a CAP that lead nowhere. */
export function referenceFaults(root: string, source: UnitSource, entries: readonly SourceEntry[]): SourceFault[] {
  if (source.unit.role !== "cap") return [];
  const inFolder = (folder: string) => {
    const top = `${source.unit.name}/${folder}/`;
    return entries
      .filter((entry) => entry.kind !== "folder" && entry.path.startsWith(top) && !entry.path.includes("/", top.length))
      .map((entry) => ({ entry, name: entry.path.slice(top.length) }));
  };
  const offers = inFolder("offerinf.box");
  const places = new Map(offers.map(({ entry, name }) => [name, entry.source]));
  const packages = inFolder("pkginfo.box").map(({ name }) => name);
  return brokenReferences(referringFiles(root, offers), places.keys(), packages).map(({ file, line, missing, folder }) => ({
    code: "BROKEN_REFERENCE",
    path: `${places.get(file) ?? file}:${line}`,
    message: `it names ${missing}, which is not in ${folder}: restore that file, or take out the line`,
  }));
}

function* referringFiles(root: string, offers: { entry: SourceEntry; name: string }[]): Generator<ReferringFile> {
  for (const { entry, name } of offers) {
    if (entry.kind !== "file" || !isReferring(name) || entry.stats.size > LARGEST_REFERRING) continue;
    const bytes = readFileSync(join(root, entry.source));
    // Binary files of the same extension are not ours to judge.
    if (!bytes.includes(0)) yield { name, text: bytes.toString("utf8") };
  }
}

/** Refuses other content under a source version that was used before, and a version that went back; remembers the rest for `witness`. */
export function checkVersion(
  { database, witness }: { database: IndexDatabase; witness: boolean },
  source: UnitSource,
  manifest: Manifest,
): void {
  const { sourceVersion, unit } = source;
  if (sourceVersion === undefined) return;
  const key = unitKey(unit);
  const content = contentDigest(manifest);
  const before = database.version(key, sourceVersion);
  const path = `packages/${unit.name}/package.yaml`;
  if (before.highest !== undefined && sourceVersion < before.highest) {
    throw new SitewrightError(
      "VERSION_WENT_BACK",
      `${unit.name} is left out: ${path} states sourceVersion ${sourceVersion}, but version ${before.highest} was seen before: write ${before.highest + 1} or more`,
      { path },
    );
  }
  if (before.content !== undefined && before.content !== content) {
    throw new SitewrightError(
      "CONTENT_CHANGED_WITHOUT_VERSION",
      `${unit.name} is left out: its files are not those that version ${sourceVersion} had before: restore them, or raise sourceVersion in ${path} to ${sourceVersion + 1}`,
      { path },
    );
  }
  if (witness) database.saveVersion(key, sourceVersion, content);
}

/** Names, sizes and bytes; times and modes may change under one version. */
function contentDigest(manifest: Manifest): string {
  const hasher = new Blake3Hasher();
  for (const entry of manifest.entries) {
    const rest =
      entry.kind === "file" ? [entry.size, ...entry.chunks.map((chunk) => chunk.digest)] : entry.kind === "link" ? [entry.target] : [];
    hasher.update(`${[entry.kind, entry.path, ...rest].join("\0")}\n`);
  }
  return hasher.digestBuffer().toHex();
}
