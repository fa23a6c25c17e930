import type { StampAsk } from "../../../app/ports/disk.ts";
import { createStampSum, type StampSum, type TreeStamp } from "../../../domain/tree/tree-stamp.ts";
import type { Anchor } from "../anchor.ts";
import { platform } from "../platform/platform.ts";
import type { EntryKind, EntryWords, OpenFolder } from "../platform/port.ts";
import { openWalk, readFolder, type Look } from "./disk-walk.ts";
import { openLevel } from "./walk-level.ts";

/** Adds up a share of several trees: of the entries directly in each of them, every `shares`-th with all below it. */
export function stampShare(anchor: Anchor, { tops, except, seed, share, shares }: StampAsk, check: () => void): TreeStamp {
  const sum = createStampSum(seed);
  tops.forEach(({ path, name }, number) => {
    const left = new Set(except.filter((other) => other.startsWith(`${name}/`)).map((other) => other.slice(name.length + 1)));
    eachOfShare(anchor, { path, except: left, number, share, shares }, { read: platform.lookForWords, check }, (look) =>
      addLook(sum, look.path === "" ? name : `${name}/${look.path}`, look),
    );
  });
  return sum.stamp();
}

/** One of several trees, and the share of the work. */
interface Share {
  path: string;
  except: ReadonlySet<string>;
  /** Of the tree. */
  number: number;
  share: number;
  shares: number;
}

/** Visits the top of a tree, if it is this share's, and every `shares`-th entry in it with all below that. */
export function eachOfShare<Facts extends EntryKind>(
  anchor: Anchor,
  { path, except, number, share, shares }: Share,
  look: { read: (folder: OpenFolder, name: string) => Facts; check: () => void },
  tell: (found: Look<Facts>) => void,
): void {
  const top = openWalk(anchor, { path, except }, look.read, look.check).next();
  if (!top) return;
  if (number % shares === share) tell(top);
  if (top.kind !== "folder") return;
  const mine = readFolder(anchor, path)
    .sort()
    .filter((_, i) => (number + i) % shares === share);
  const walk = openWalk(anchor, { path, from: [openLevel("", mine)], except }, look.read, look.check);
  for (let found = walk.next(); found; found = walk.next()) tell(found);
}

function addLook(sum: StampSum, path: string, { kind, facts, target }: Look<EntryWords>): void {
  if (!facts || kind === "other") return sum.other(path);
  const { mode, words } = facts;
  if (kind === "folder") sum.folder(path, mode);
  else if (kind === "file") sum.file(path, mode, words);
  else sum.link(path, target ?? "");
}
