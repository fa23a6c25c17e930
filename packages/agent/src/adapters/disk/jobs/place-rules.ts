import { inheritedRights, keptRights, LABEL, sameBytes, type Made, type Rights } from "../../../domain/rights/rights.ts";
import { OWN_FOLDER } from "../../../domain/unit-state.ts";
import { contentPath, type Anchor } from "../anchor.ts";
import { systemCode } from "../disk-error.ts";
import { platform } from "../platform/platform.ts";
import type { EntryFacts } from "../platform/port.ts";

/**
 * The rights that an owned path, and each path below it, has to have: those of what is there, or else what the surrounding folder passes
 * on.
 */
export interface PlaceRules {
  /** The rights of newly created entries. */
  wanted(path: string, kind: Made["kind"], mode: number): Rights;
  /** What is there; undefined if nothing of the kind is, or if a foreign account owns it, whose rights are ignored. */
  live(path: string, kind: Made["kind"]): Rights | undefined;
  /** The rights of everything else below the role root. */
  found(path: string, facts: EntryFacts): Rights;
  /** What a new folder here gets. */
  inherited(path: string): Rights;
  /** Nothing is there, and nothing is passed on: rights stay as created. */
  isPlain(): boolean;
}

const SHARED_AND_STICKY = { sticky: 0o1000, writable: 0o022 };
const NEW_FOLDER = 0o755;
const ROOT = 0;
/** Number of folders that are remembered at once. */
const MOST_FOLDERS = 4096;

interface Folder {
  rights: Rights;
  isThere: boolean;
}

export function openPlace(anchor: Anchor, top: string): PlaceRules {
  const us = platform.account() ?? { uid: ROOT, gid: ROOT };
  const folders = new Map<string, Folder>();
  const own = look(anchor, OWN_FOLDER);
  const ownLabel = own && rightsOf(anchor, OWN_FOLDER, own).attributes.get(LABEL);
  /** Accounts whose entries count, and that own new entries: never foreign ones. */
  const owners = new Set([us.uid, ROOT]);
  let newOwner = us.uid;
  const around = folderAt(parentOf(top));
  const there = look(anchor, top);
  const content = there ? contentPath(anchor, top) : top;
  if (there && !isShared(around.rights)) owners.add(there.uid);
  owners.add(around.rights.uid);
  if (us.uid === ROOT) newOwner = there && owners.has(there.uid) ? there.uid : around.rights.uid;

  function made(kind: Made["kind"], mode: number): Made {
    return { kind, mode, uid: newOwner, gid: us.gid };
  }

  function inherited(parent: Rights, kind: Made["kind"], mode: number): Rights {
    return withoutOwnLabel(inheritedRights(parent, made(kind, mode)));
  }

  /** Staged entries have the security label that the agent's own folder passes on. */
  function withoutOwnLabel(rights: Rights): Rights {
    const label = rights.attributes.get(LABEL);
    if (!label || !ownLabel || !sameBytes(label, ownLabel)) return rights;
    return { ...rights, attributes: new Map([...rights.attributes].filter(([name]) => name !== LABEL)) };
  }

  function live(path: string, kind: Made["kind"]): Rights | undefined {
    if (path.startsWith(`${top}/`) && !folderAt(parentOf(path)).isThere) return undefined;
    const facts = look(anchor, path);
    if (facts?.kind !== kind || !owners.has(facts.uid)) return undefined;
    return found(path, facts);
  }

  function found(path: string, facts: EntryFacts): Rights {
    return withoutOwnLabel(rightsOf(anchor, path === top ? content : path, facts));
  }

  /** As far as it defines what new entries in it get. */
  function folderAt(path: string): Folder {
    const known = folders.get(path);
    if (known) return known;
    if (folders.size > MOST_FOLDERS) folders.clear();
    const folder = readFolder(path);
    folders.set(path, folder);
    return folder;
  }

  function readFolder(path: string): Folder {
    const isAbove = path !== top && !path.startsWith(`${top}/`);
    const parent = path === "" ? undefined : folderAt(parentOf(path));
    const facts = parent?.isThere === false ? undefined : look(anchor, path);
    if (facts?.kind === "folder" && (isAbove || owners.has(facts.uid)))
      return { rights: rightsOf(anchor, path === top ? content : path, facts), isThere: true };
    if (!parent) throw Object.assign(new Error("ENOENT: the role root is gone"), { code: "ENOENT" });
    const rights = inherited(parent.rights, "folder", NEW_FOLDER);
    return { rights: isAbove && us.uid === ROOT ? { ...rights, uid: parent.rights.uid } : rights, isThere: false };
  }

  return {
    live,
    found,
    wanted(path, kind, mode) {
      const parent = folderAt(parentOf(path));
      const now = live(path, kind);
      if (!now) return inherited(parent.rights, kind, mode);
      const kept = keptRights(now, made(kind, mode), path === top ? undefined : parent.rights);
      return us.uid === ROOT ? kept : { ...kept, uid: us.uid };
    },
    inherited: (path) => inherited(folderAt(parentOf(path)).rights, "folder", NEW_FOLDER),
    isPlain() {
      if (there) return false;
      const { uid, gid, mode, attributes: passed } = inherited(around.rights, "folder", NEW_FOLDER);
      return uid === us.uid && gid === us.gid && mode === NEW_FOLDER && passed.size === 0;
    },
  };
}

/** In a folder with write access for all and the sticky bit, the owner of an entry may be any account. */
function isShared({ mode }: Rights): boolean {
  return (mode & SHARED_AND_STICKY.sticky) !== 0 && (mode & SHARED_AND_STICKY.writable) !== 0;
}

function look(anchor: Anchor, path: string): EntryFacts | undefined {
  try {
    if (path === "") return platform.look(anchor.open(""), ".");
    const facts = platform.look(anchor.open(parentOf(path)), nameOf(path));
    const content = facts.kind === "link" ? contentPath(anchor, path) : path;
    return content === path ? facts : platform.look(anchor.open(parentOf(content)), nameOf(content));
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EACCES", "LINK_IN_PATH"].includes(systemCode(error) ?? "")) return undefined;
    throw error;
  }
}

function rightsOf(anchor: Anchor, path: string, { uid, gid, mode }: EntryFacts): Rights {
  return {
    uid,
    gid,
    mode,
    attributes: platform.attributes.read(path === "" ? `${anchor.folder("")}/.` : anchor.place(path)),
  };
}

export function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
