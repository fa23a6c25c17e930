import { lstatSync } from "node:fs";
import { join } from "node:path";
import { contentPath, type Anchor } from "../anchor.ts";
import { dropOwnLink, LIVE_FOLDERS, makeOwnLink, newLiveFolder, ownTarget } from "../own-links.ts";
import type { Exchange, Retarget } from "../platform/port.ts";

export interface LinkTools {
  retarget: Retarget;
  exchange: Exchange;
}

/** Paths below the root. */
export interface SwapNames {
  live: string;
  other: string;
  /** Free, or what an interrupted attempt left there. */
  aside: string;
}

/**
 * Exchanges what two names lead to: the live one in one step, whatever is open there. A folder of its own becomes a link by this, which
 * takes a rename. Everything that it replaces keeps a name at each moment.
 */
export function swapLinks(anchor: Anchor, { live, other, aside }: SwapNames, tools: LinkTools): void {
  const { root } = anchor;
  const place = (path: string): string => anchor.place(path);
  dropOwnLink(root, place(aside));
  if (![live, other].every((path) => isFolder(anchor, path))) return tools.exchange.swap(place(live), place(other), place(aside));
  const next = toLink(anchor, { path: other, servedAt: live, aside }, tools.exchange);
  const now = toLink(anchor, { path: live, servedAt: live, aside }, tools.exchange);
  makeOwnLink(root, place(aside), now);
  try {
    tools.retarget(place(live), join(root, next));
  } catch (error) {
    if (ownTarget(root, place(live)) === now) dropOwnLink(root, place(aside));
    throw error;
  }
  dropOwnLink(root, place(other));
  tools.exchange.move(place(aside), place(other));
}

/** What an interrupted exchange may have left: two links that lead to one folder, of which the live one, or else the other, is right. */
export function dropTwins(anchor: Anchor, { live, other, aside }: SwapNames): void {
  const [now, next] = [live, other].map((path) => targetOf(anchor, path));
  if (next !== undefined && next === now) dropOwnLink(anchor.root, anchor.place(other));
  const beside = targetOf(anchor, aside);
  if (beside !== undefined && (beside === now || beside === next)) dropOwnLink(anchor.root, anchor.place(aside));
}

function targetOf(anchor: Anchor, path: string): string | undefined {
  const content = contentPath(anchor, path);
  return content === path ? undefined : content;
}

export interface LinkedName {
  path: string;
  /** The live name that leads there, or will. */
  servedAt: string;
  aside: string;
}

/** Lets a name lead to its folder, unless it does already. Returns where the folder is. */
export function toLink(anchor: Anchor, { path, servedAt, aside }: LinkedName, exchange: Exchange): string {
  const { root } = anchor;
  const [here, beside] = [anchor.place(path), anchor.place(aside)];
  const known = ownTarget(root, here);
  if (known !== undefined) return known;
  anchor.makeFolders(LIVE_FOLDERS, 0o700);
  const target = newLiveFolder(servedAt);
  makeOwnLink(root, beside, target);
  try {
    exchange.move(here, anchor.place(target));
  } catch (error) {
    if (isThere(here)) dropOwnLink(root, beside);
    throw error;
  }
  try {
    exchange.move(beside, here);
  } catch (error) {
    if (!isThere(here)) {
      exchange.move(anchor.place(target), here);
      dropOwnLink(root, beside);
    }
    throw error;
  }
  return target;
}

function isThere(place: string): boolean {
  return lstatSync(place, { throwIfNoEntry: false }) !== undefined;
}

export function isFolder(anchor: Anchor, path: string): boolean {
  const place = anchor.place(path);
  return ownTarget(anchor.root, place) !== undefined || (lstatSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false);
}
