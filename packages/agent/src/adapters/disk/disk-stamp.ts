import type { StampAsk } from "../../app/units/disk-ports.ts";
import { identityOf } from "../../domain/file-identity.ts";
import { createStampSum, type StampSum, type TreeStamp } from "../../domain/tree-stamp.ts";
import type { Anchor } from "./anchored.ts";
import { openWalk, readFolder, type Look, type Walk } from "./disk-walk.ts";
import { openLevel } from "./walk-level.ts";

/** Adds up a share of several trees: of what lies in each of them directly, every `shares`-th entry with all below it. */
export function stampShare(anchor: Anchor, { tops, except, seed, share, shares }: StampAsk, check: () => void): TreeStamp {
  const sum = createStampSum(seed);
  tops.forEach(({ path, name }, number) => {
    const add = (look: Look) => {
      addLook(sum, look.path === "" ? name : `${name}/${look.path}`, look);
    };
    const left = new Set(except.filter((other) => other.startsWith(`${name}/`)).map((other) => other.slice(name.length + 1)));
    const top = openWalk(anchor, path, "the top", left, check).next();
    if (!top) return;
    if (number % shares === share) add(top);
    if (top.kind !== "folder") return;
    const mine = readFolder(anchor, path)
      .sort()
      .filter((_, i) => (number + i) % shares === share);
    if (mine.length > 0) each(openWalk(anchor, path, [openLevel("", mine)], left, check), add);
  });
  return sum.stamp();
}

function each(walk: Walk, add: (look: Look) => void): void {
  for (let look = walk.next(); look; look = walk.next()) add(look);
}

function addLook(sum: StampSum, path: string, { kind, facts, target }: Look): void {
  if (!facts || kind === "other") return sum.other(path);
  const { mode } = facts;
  if (kind === "folder") sum.folder(path, mode);
  else if (kind === "file") sum.file(path, mode, identityOf(facts));
  else sum.link(path, target ?? "");
}
