import { readlinkSync, symlinkSync, unlinkSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { join, sep } from "node:path";
import { OWN_FOLDER } from "../../domain/unit-state.ts";
import { isAbsent } from "./disk-error.ts";

/** Folders to which live names lead where these are links (junctions of Windows). */
export const LIVE_FOLDERS = `${OWN_FOLDER}/live`;

/** The path that it is served at, and what tells it from other generations. */
const NAME = /^([^/]+)~[0-9a-f]{8}$/;

/** A free name for a folder that is served at this path. */
export function newLiveFolder(servedAt: string): string {
  return `${LIVE_FOLDERS}/${encodeURIComponent(servedAt)}~${randomUUID().slice(0, 8)}`;
}

/**
 * Where a link of the agent leads, as a path below the root. Undefined for everything else: no other link is followed.
 * @param place For `node:fs` calls.
 */
export function ownTarget(root: string, place: string | Buffer): string | undefined {
  let target: string;
  try {
    target = readlinkSync(place, "utf8");
  } catch {
    return undefined;
  }
  const top = `${join(root, LIVE_FOLDERS)}${sep}`;
  // A junction ends with a separator; the case of a drive is that of whoever wrote it.
  const inside = target.slice(0, top.length).toLowerCase() === top.toLowerCase() ? target.slice(top.length) : "";
  const name = inside.endsWith(sep) ? inside.slice(0, -1) : inside;
  return NAME.test(name) ? `${LIVE_FOLDERS}/${name}` : undefined;
}

/** The live name that a folder was made for; undefined if it was made for none. @param target As `ownTarget` returns it. */
export function servedAt(target: string): string | undefined {
  const [, name] = NAME.exec(target.slice(LIVE_FOLDERS.length + 1)) ?? [];
  try {
    return name === undefined ? undefined : decodeURIComponent(name);
  } catch {
    return undefined;
  }
}

/** Whether the name that a folder was made for leads to it: then it is served. */
export function isServed(anchor: { root: string; place(path: string): string }, target: string): boolean {
  try {
    return ownTarget(anchor.root, anchor.place(servedAt(target) ?? "")) === target;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/** @param target As `ownTarget` returns it; it may not be there yet. */
export function makeOwnLink(root: string, place: string, target: string): void {
  symlinkSync(join(root, target), place, "junction");
}

/** Removes a link of the agent, and never what it leads to; nothing else. */
export function dropOwnLink(root: string, place: string): void {
  if (ownTarget(root, place) !== undefined) unlinkSync(place);
}
