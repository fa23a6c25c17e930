import { SitewrightError } from "./errors.ts";
import type { Manifest, ManifestEntry } from "./manifest.ts";
import { comparePaths, foldName, isBelow, parseTreePath, resolveLink } from "./tree-path.ts";
import { isUnitName, mayOwn, type OwnedPath } from "./unit.ts";

/**
 * Proves that a manifest can be built without leaving what its unit owns: safe paths, canonical order, a folder for every
 * entry, no two names that are one on Windows, sizes that add up. Throws `UNSAFE_PATH`, `NOT_OWNED` or `MANIFEST_INVALID`.
 */
export function checkManifest(manifest: Manifest): void {
  const { unit, owned, entries } = manifest;
  if (!isUnitName(unit.role, unit.name)) throw invalid(`${unit.name} is no name for a ${unit.role} unit`);
  if (owned.length === 0) throw invalid("it owns no path");
  for (const top of owned) {
    parseTreePath(top.path);
    if (!mayOwn(unit, top)) {
      throw new SitewrightError("NOT_OWNED", `${unit.name} may not own the ${top.kind} ${top.path}`, { path: top.path });
    }
  }
  if (new Set(owned.map((top) => foldName(top.path))).size !== owned.length) throw invalid("it owns a path twice");
  const folders = new Set(owned.filter((top) => top.kind === "folder").map((top) => top.path));
  const folded = new Set<string>();
  let before: ManifestEntry | undefined;
  for (const entry of entries) {
    parseTreePath(entry.path);
    if (before && comparePaths(before.path, entry.path) >= 0) throw invalid(`${entry.path} is out of order`);
    const top = topOf(owned, entry.path);
    checkPlace(entry, top, folders);
    const fold = foldName(entry.path);
    if (folded.has(fold)) throw invalid(`${entry.path} differs from a neighbour by case only`);
    folded.add(fold);
    checkBody(entry, top);
    before = entry;
  }
  for (const top of owned) {
    if (top.kind === "file" && !folded.has(foldName(top.path))) throw invalid(`the owned file ${top.path} is missing`);
  }
}

/** The owned path that holds `path`; throws `NOT_OWNED`. */
function topOf(owned: readonly OwnedPath[], path: string): OwnedPath {
  const top = owned.find((candidate) =>
    candidate.kind === "folder" ? path !== candidate.path && isBelow(path, candidate.path) : path === candidate.path,
  );
  if (!top) throw new SitewrightError("NOT_OWNED", `${path} lies outside what the unit owns`, { path });
  return top;
}

function checkPlace(entry: ManifestEntry, top: OwnedPath, folders: Set<string>): void {
  if (top.kind === "file") {
    if (entry.kind !== "file") throw invalid(`the owned file ${entry.path} is a ${entry.kind}`);
    return;
  }
  const parent = entry.path.slice(0, entry.path.lastIndexOf("/"));
  if (!folders.has(parent)) throw invalid(`${entry.path} has no folder entry above it`);
  if (entry.kind === "folder") folders.add(entry.path);
}

function checkBody(entry: ManifestEntry, top: OwnedPath): void {
  if (entry.kind === "link") {
    resolveLink(entry.path, entry.target, top.path);
    return;
  }
  if (!Number.isInteger(entry.mode) || entry.mode < 0 || entry.mode > 0o777) throw invalid(`${entry.path} has the mode ${entry.mode}`);
  if (entry.kind === "folder") return;
  let sum = 0;
  for (const chunk of entry.chunks) {
    if (chunk.size <= 0) throw invalid(`${entry.path} has an empty chunk`);
    sum += chunk.size;
  }
  if (sum !== entry.size) throw invalid(`the chunks of ${entry.path} add up to ${sum} bytes, not ${entry.size}`);
}

function invalid(why: string): SitewrightError {
  return new SitewrightError("MANIFEST_INVALID", `the manifest was refused: ${why}`);
}
