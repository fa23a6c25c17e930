import type { StampAsk } from "../../app/units/disk-ports.ts";
import { createStampSum, type StampSum, type TreeStamp } from "../../domain/tree-stamp.ts";
import type { Anchor } from "./anchored.ts";
import { wordsIn, type EntryWords } from "./entry-facts.ts";
import { openWalk, readFolder, type Look, type Walk } from "./disk-walk.ts";
import { openLevel } from "./walk-level.ts";

/** Adds up a share of several trees: of what lies in each of them directly, every `shares`-th entry with all below it. */
export function stampShare(anchor: Anchor, { tops, except, seed, share, shares }: StampAsk, check: () => void): TreeStamp {
  const sum = createStampSum(seed);
  tops.forEach(({ path, name }, number) => {
    const add = (look: Look<EntryWords>) => {
      addLook(sum, look.path === "" ? name : `${name}/${look.path}`, look);
    };
    const left = new Set(except.filter((other) => other.startsWith(`${name}/`)).map((other) => other.slice(name.length + 1)));
    const top = openWalk(anchor, path, "the top", left, wordsIn, check).next();
    if (!top) return;
    if (number % shares === share) add(top);
    if (top.kind !== "folder") return;
    const mine = readFolder(anchor, path)
      .sort()
      .filter((_, i) => (number + i) % shares === share);
    if (mine.length > 0) each(openWalk(anchor, path, [openLevel("", mine)], left, wordsIn, check), add);
  });
  return sum.stamp();
}

function each(walk: Walk<EntryWords>, add: (look: Look<EntryWords>) => void): void {
  for (let look = walk.next(); look; look = walk.next()) add(look);
}

function addLook(sum: StampSum, path: string, { kind, facts, target }: Look<EntryWords>): void {
  if (!facts || kind === "other") return sum.other(path);
  const { mode, words } = facts;
  if (kind === "folder") sum.folder(path, mode);
  else if (kind === "file") sum.file(path, mode, words);
  else sum.link(path, target ?? "");
}
