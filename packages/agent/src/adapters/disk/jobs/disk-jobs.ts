import {
  chmodSync,
  closeSync,
  constants,
  openSync,
  lstatSync,
  type BigIntStats,
  type Stats,
  copyFileSync,
  fchmodSync,
  fstatSync,
  linkSync,
  unlinkSync,
  utimesSync,
} from "node:fs";
import type { DiskJobs, JobKind, Looks } from "../../../app/ports/disk.ts";
import { inodeAt, openAnchor, type Anchor } from "../anchor.ts";
import { adoptFile } from "./disk-adopt.ts";
import { naming, isAbsent, systemCode } from "../disk-error.ts";
import { checkChunks, hashFile, matchFile, openForReading } from "./disk-hash.ts";
import { removeTree } from "./disk-remove.ts";
import { haveRights, placeShare } from "./disk-place.ts";
import { withSources } from "./disk-sources.ts";
import { stampShare } from "./disk-stamp.ts";
import { walkPart } from "./disk-walk.ts";
import { admitClasses, keepOwnEntries, takeRights } from "./take-rights.ts";
import { copyChunk, finishFile, makeFolder, makeLink, resizeFile } from "./disk-write.ts";
import { patiently } from "../patiently.ts";
import { platform } from "../platform/platform.ts";
import { NO_FOLLOW } from "../platform/port.ts";
import { identityOf, modifiedMs, type Inode } from "../../../domain/tree/file-identity.ts";

interface LinkAsk {
  from: string;
  to: string;
}

/**
 * Gives the plain file at `from` a second name at `to`, or a copy where a link is refused (foreign owner, too many links, no support).
 * Returns the identity of the file at `to`; undefined if there is no source file, and false if neither is possible.
 */
function linkFile(anchor: Anchor, ask: LinkAsk): Inode | false | undefined {
  try {
    const inode = inodeAt(anchor, ask.from, true);
    if (inode === undefined || inodeAt(anchor, ask.to, true) === inode) return inode;
    return linked(anchor, ask) ?? copied(anchor, ask);
  } catch (error) {
    return isAbsent(error) ? undefined : false;
  }
}

const NO_LINK = ["EPERM", "EACCES", "EMLINK", "EXDEV", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EEXIST"];

function linked(anchor: Anchor, { from, to }: LinkAsk): Inode | undefined {
  try {
    linkSync(anchor.place(from), anchor.place(to));
  } catch (error) {
    if (NO_LINK.includes(systemCode(error) ?? "")) return undefined;
    throw error;
  }
  return inodeAt(anchor, to, true);
}

/** A file that cannot be linked is copied with no wider read access than the original. */
function keepRights(place: string, { atime, mtime, mode }: Stats, from: string): void {
  const fd = openSync(place, constants.O_RDONLY | NO_FOLLOW);
  try {
    for (const [name, value] of platform.attributes.read(from)) platform.attributes.set(fd, name, value);
    utimesSync(place, atime, mtime); // some systems take read-only away with it
    fchmodSync(fd, mode & 0o777);
  } catch (error) {
    unlinkSync(place);
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** A file at `to` was left by an earlier attempt: the incoming tree has no such name. */
function copied(anchor: Anchor, { from, to }: LinkAsk): Inode | undefined {
  const source = openForReading(anchor.place(from));
  try {
    const place = anchor.place(to);
    if (inodeAt(anchor, to) !== undefined) unlinkSync(place);
    const stat = fstatSync(source);
    copyFileSync(platform.pathOfOpen(source, anchor.place(from)), place, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    keepRights(place, stat, anchor.place(from));
    return inodeAt(anchor, to, true);
  } finally {
    closeSync(source);
  }
}

export interface JobTools {
  /** Throws `CANCELLED` when the job was cancelled. */
  check: () => void;
}

type Handlers = { [Kind in JobKind]: (anchor: Anchor, ask: DiskJobs[Kind]["ask"], tools: JobTools) => DiskJobs[Kind]["answer"] };

const handlers: Handlers = {
  walk: (anchor, ask, { check }) => naming(anchor.root, ask.path, () => walkPart(anchor, ask, check)),
  stamp: (anchor, ask, { check }) => naming(anchor.root, "", () => stampShare(anchor, ask, check)),
  match: (anchor, { files }, { check }) => each(anchor, files, check, (file) => matchFile(anchor, file, check)),
  hash: (anchor, { paths }, { check }) =>
    each(
      anchor,
      paths.map((path) => ({ path })),
      check,
      ({ path }) => hashFile(anchor, path, check),
    ),
  check: (anchor, { path, chunks, size }, { check }) =>
    naming(anchor.root, path, () => {
      const right = patiently(() => checkChunks(anchor, path, chunks, check));
      if (size !== undefined) patiently(() => resizeFile(anchor, path, size));
      return right;
    }),
  look: (anchor, { paths }, { check }) => lookAt(anchor, paths, check),
  make(anchor, { folders, links, tops = [], inner = [] }, { check }) {
    each(
      anchor,
      folders.map((path) => ({ path })),
      check,
      ({ path }) => makeFolder(anchor, path),
    );
    each(anchor, tops, check, (top) => takeRights(anchor, top));
    if (platform.keepOwnEntries) each(anchor, inner, check, (folder) => keepOwnEntries(anchor, folder));
    each(anchor, links, check, ({ path, target }) => makeLink(anchor, path, target));
  },
  adopt: (anchor, { files }, { check }) =>
    withSources(anchor, (source) => each(anchor, files, check, (file) => adoptFile(anchor, source, file, check))),
  copy: (anchor, { pieces }, { check }) =>
    withSources(anchor, (source) => each(anchor, pieces, check, (piece) => copyChunk(anchor, source, piece))),
  finish: (anchor, { files }, { check }) => each(anchor, files, check, (file) => finishFile(anchor, file)),
  modes(anchor, { folders }, { check }) {
    each(anchor, folders, check, ({ path, mode }) => chmodSync(anchor.folder(path), mode));
  },
  rights: (anchor, ask, { check }) => naming(anchor.root, "", () => haveRights(anchor, ask, check)),
  classes: (anchor, { owned }) => naming(anchor.root, "", () => admitClasses(anchor, owned)),
  place: (anchor, ask, { check }) => naming(anchor.root, ask.folder, () => placeShare(anchor, ask, check)),
  link: (anchor, { links }, { check }) =>
    each(
      anchor,
      links.map((link) => ({ ...link, path: link.from })),
      check,
      (link) => linkFile(anchor, link),
    ),
  remove: (anchor, { path, forget = [] }, { check }) => naming(anchor.root, path, () => removeTree(anchor, path, forget, check)),
  sync(anchor) {
    naming(anchor.root, "", () => platform.syncAll(anchor.root));
  },
};

export function runJob<Kind extends JobKind>(
  root: string,
  kind: Kind,
  ask: DiskJobs[Kind]["ask"],
  tools: JobTools,
): DiskJobs[Kind]["answer"] {
  const anchor = openAnchor(root);
  try {
    return handlers[kind](anchor, ask, tools);
  } finally {
    anchor.close();
  }
}

function each<Item extends { path: string }, Answer>(
  anchor: Anchor,
  items: readonly Item[],
  check: () => void,
  work: (item: Item) => Answer,
): Answer[] {
  return items.map((item) => {
    check();
    anchor.trim();
    return naming(anchor.root, item.path, () => patiently(() => work(item)));
  });
}

/** Checks plain files by their paths; a file that cannot be checked counts as missing. */
function lookAt(anchor: Anchor, paths: readonly string[], check: () => void): Looks {
  const looks: Looks = { identities: [], modes: [], modified: [], ours: [] };
  const uid = BigInt(platform.account()?.uid ?? 0);
  for (const path of paths) {
    check();
    anchor.trim();
    const stat = look(anchor, path);
    looks.identities.push(stat && identityOf(stat));
    looks.modes.push(stat ? platform.keptMode("file", Number(stat.mode & 0o7777n)) : 0);
    looks.modified.push(stat ? modifiedMs(stat.mtimeNs) : 0);
    looks.ours.push(stat !== undefined && stat.uid === uid);
  }
  return looks;
}

function look(anchor: Anchor, path: string): BigIntStats | undefined {
  try {
    const stat = lstatSync(anchor.place(path), { bigint: true, throwIfNoEntry: false });
    return stat?.isFile() ? stat : undefined;
  } catch {
    return undefined;
  }
}
