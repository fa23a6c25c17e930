import { readdirSync } from "node:fs";
import { OWN_FOLDER } from "../../../domain/unit-state.ts";
import { withAnchor, type Anchor } from "../anchor.ts";
import { diskError, isAbsent } from "../disk-error.ts";
import { LIVE_FOLDERS, ownTarget, servedAt } from "../own-links.ts";

/** Levels below a kind of the agent's folders at which links may be: the folder of a unit, of a generation, and owned paths. */
const LEVELS = 3;

/**
 * Folders for live names that are links to which no name leads any more: somebody removed the link. They would take space for ever, because
 * what is removed is found through its link. A link that somebody renamed beside its former name counts too.
 */
export function unservedFolders(root: string): string[] {
  return withAnchor(root, (anchor) => {
    const folders = namesIn(anchor, LIVE_FOLDERS).map(({ name }) => `${LIVE_FOLDERS}/${name}`);
    if (folders.length === 0) return [];
    const parents = new Set(folders.flatMap((folder) => parentOf(servedAt(folder)) ?? []));
    const led = new Set([...[...parents, ""].flatMap((parent) => targetsIn(anchor, parent, 0)), ...ownTargets(anchor)]);
    // What has another name is not of this version.
    return folders.filter((folder) => servedAt(folder) !== undefined && !led.has(folder));
  });
}

/** What links in the other folders of the agent lead to: generations that are staged, kept, or being removed. */
function ownTargets(anchor: Anchor): string[] {
  const kinds = namesIn(anchor, OWN_FOLDER).flatMap(({ name, isFolder }) => (isFolder ? [`${OWN_FOLDER}/${name}`] : []));
  return kinds.filter((kind) => kind !== LIVE_FOLDERS).flatMap((kind) => targetsIn(anchor, kind, LEVELS));
}

function targetsIn(anchor: Anchor, path: string, levels: number): string[] {
  const targets: string[] = [];
  for (const { name, isFolder } of namesIn(anchor, path)) {
    anchor.trim();
    const below = path === "" ? name : `${path}/${name}`;
    const target = ownTarget(anchor.root, anchor.place(below));
    if (target !== undefined) targets.push(target);
    else if (isFolder && levels > 0) targets.push(...targetsIn(anchor, below, levels - 1));
  }
  return targets;
}

function namesIn(anchor: Anchor, path: string): { name: string; isFolder: boolean }[] {
  try {
    return readdirSync(anchor.folder(path), { withFileTypes: true }).map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
  } catch (error) {
    if (isAbsent(error)) return [];
    throw diskError(error, anchor.root, path);
  }
}

function parentOf(path: string | undefined): string | undefined {
  return path?.split("/").slice(0, -1).join("/");
}
