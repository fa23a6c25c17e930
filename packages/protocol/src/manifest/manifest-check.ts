import { LARGEST_CHUNK } from "./chunker.ts";
import { SitewrightError } from "../errors.ts";
import type { ManifestEntry, ManifestHead } from "./manifest.ts";
import { createLinkTree } from "./link-tree.ts";
import { comparePaths, foldName, isBelow, parseTreePath, resolveLink } from "./tree-path.ts";
import { isUnitName, mayOwn, type OwnedPath } from "../unit.ts";

/** Checks a manifest entry by entry, so that it need not be in memory as a whole. */
export interface ManifestChecker {
  /** Throws `UNSAFE_PATH`, `NOT_OWNED` or `MANIFEST_INVALID`. */
  entry(entry: ManifestEntry): void;
  /** All entries were added. Throws `MANIFEST_INVALID` or `UNSAFE_PATH`. */
  end(): void;
}

/** A folder that is open: it holds the current entry. */
interface OpenFolder {
  path: string;
  /** Case folds of the names in it. */
  names: Set<string>;
}

/**
 * Checks that a manifest can be built without leaving what its unit owns: safe paths, canonical order, a folder for every entry, no two
 * names that Windows treats as one, sizes that add up, no link that leads outside. The head is checked immediately. Keeps only the names in
 * the folders that are open, and the links. Throws `UNSAFE_PATH`, `NOT_OWNED` or `MANIFEST_INVALID`.
 */
export function createManifestChecker(head: ManifestHead): ManifestChecker {
  checkHead(head);
  const { owned } = head;
  const missing = new Set(owned.filter((top) => top.kind === "file").map((top) => top.path));
  const links = createLinkTree();
  let before: string | undefined;
  /** From the owned folder down to the one that holds the previous entry. */
  let open: OpenFolder[] = [];

  function openParent(path: string, top: OwnedPath): OpenFolder {
    const parent = path.slice(0, path.lastIndexOf("/"));
    if (parent === top.path && open[0]?.path !== top.path) open = [{ path: top.path, names: new Set() }];
    while (open.length > 1 && open.at(-1)?.path !== parent) open.pop();
    const last = open.at(-1);
    if (last?.path !== parent) throw invalid(`${path} has no folder entry above it`);
    return last;
  }

  return {
    entry(entry) {
      const { path } = entry;
      parseTreePath(path);
      if (before !== undefined && comparePaths(before, path) >= 0) throw invalid(`${path} is out of order`);
      before = path;
      const top = topOf(owned, path);
      if (top.kind === "file") {
        if (entry.kind !== "file") throw invalid(`the owned file ${path} is a ${entry.kind}`);
        missing.delete(path);
      } else {
        const parent = openParent(path, top);
        const fold = foldName(path.slice(parent.path.length + 1));
        if (parent.names.has(fold)) throw invalid(`${path} differs from a neighbour by case only`);
        parent.names.add(fold);
        if (entry.kind === "folder") open.push({ path, names: new Set() });
      }
      checkBody(entry, top);
      if (entry.kind === "link") links.add(path, entry.target, top.path);
    },
    end() {
      for (const { path, why } of links.faults())
        throw new SitewrightError("UNSAFE_PATH", `the manifest was refused: the link ${path} ${why}`, { path });
      for (const path of missing) throw invalid(`the owned file ${path} is missing`);
    },
  };
}

function checkHead({ unit, owned }: ManifestHead): void {
  if (!isUnitName(unit.role, unit.name)) throw invalid(`${unit.name} is not a name for a ${unit.role} unit`);
  if (owned.length === 0) throw invalid("it owns no path");
  for (const top of owned) {
    parseTreePath(top.path);
    if (!mayOwn(unit, top)) {
      throw new SitewrightError("NOT_OWNED", `${unit.name} may not own the ${top.kind} ${top.path}`, { path: top.path });
    }
  }
  if (new Set(owned.map((top) => foldName(top.path))).size !== owned.length) throw invalid("it owns a path twice");
}

/** The owned path that holds `path`; throws `NOT_OWNED`. */
function topOf(owned: readonly OwnedPath[], path: string): OwnedPath {
  const top = owned.find((candidate) =>
    candidate.kind === "folder" ? path !== candidate.path && isBelow(path, candidate.path) : path === candidate.path,
  );
  if (!top) throw new SitewrightError("NOT_OWNED", `${path} lies outside what the unit owns`, { path });
  return top;
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
    if (chunk.size > LARGEST_CHUNK) throw invalid(`${entry.path} has a chunk of ${chunk.size} bytes, over the limit of ${LARGEST_CHUNK}`);
    sum += chunk.size;
  }
  if (sum !== entry.size) throw invalid(`the chunks of ${entry.path} add up to ${sum} bytes, not ${entry.size}`);
}

function invalid(why: string): SitewrightError {
  return new SitewrightError("MANIFEST_INVALID", `the manifest was refused: ${why}`);
}
