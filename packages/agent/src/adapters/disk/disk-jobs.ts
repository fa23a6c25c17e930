import { chmodSync, closeSync, constants, openSync } from "node:fs";
import type { DiskJobs, JobKind } from "../../app/units/disk-ports.ts";
import { openAnchor, type Anchor } from "./anchored.ts";
import { adoptFile } from "./disk-adopt.ts";
import { naming } from "./disk-error.ts";
import { checkChunks, hashFile, matchFile } from "./disk-hash.ts";
import { removeTree } from "./disk-remove.ts";
import { linkFile } from "./disk-link.ts";
import { lookAt } from "./disk-look.ts";
import { haveRights, placeShare } from "./disk-place.ts";
import { withSources } from "./disk-sources.ts";
import { stampShare } from "./disk-stamp.ts";
import { walkPart } from "./disk-walk.ts";
import { copyChunk, finishFile, makeFolder, makeLink, resizeFile } from "./disk-write.ts";
import { linuxCalls } from "./native.ts";

export interface JobTools {
  /** Throws `CANCELLED` when the job was given up. */
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
      const right = checkChunks(anchor, path, chunks, check);
      if (size !== undefined) resizeFile(anchor, path, size);
      return right;
    }),
  look: (anchor, { paths }, { check }) => lookAt(anchor, paths, check),
  make(anchor, { folders, links }, { check }) {
    each(
      anchor,
      folders.map((path) => ({ path })),
      check,
      ({ path }) => makeFolder(anchor, path),
    );
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
    naming(anchor.root, "", () => {
      const calls = linuxCalls();
      if (!calls) return;
      const fd = openSync(anchor.root, constants.O_RDONLY | constants.O_DIRECTORY);
      try {
        calls.syncFileSystem(fd);
      } finally {
        closeSync(fd);
      }
    });
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
    return naming(anchor.root, item.path, () => work(item));
  });
}
