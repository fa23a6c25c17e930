import { lstatSync } from "node:fs";
import type { OwnedPath } from "@sitewright/protocol";
import type { MakeAsk, PlaceAsk } from "../../../app/ports/disk.ts";
import { contentPath, inodeAt, type Anchor } from "../anchor.ts";
import { isAbsent, systemCode } from "../disk-error.ts";
import { platform } from "../platform/platform.ts";
import { parentOf } from "./place-rules.ts";

/** Gives a folder that will be exchanged the rights of what it replaces, where files inherit them from their folder when they are made. */
export function takeRights(anchor: Anchor, { path, live, clientsWrite }: NonNullable<MakeAsk["tops"]>[number]): void {
  if (!platform.takeRights) return;
  platform.takeRights({ staged: anchor.place(path), ...around(anchor, live), clientsWrite, kind: "folder" });
}

/** Shortly before the exchange: an administrator may have changed the rights of what is live since, and files have had none to inherit. */
export function renewRights(anchor: Anchor, { staged, live, clientsWrite }: PlaceAsk["tops"][number]): void {
  if (!platform.takeRights) return;
  const place = anchor.place(contentPath(anchor, staged));
  const stat = lstatSync(place, { throwIfNoEntry: false });
  const found = around(anchor, live);
  if (!stat || (stat.isDirectory() && found.live === undefined)) return;
  platform.takeRights({ staged: place, ...found, clientsWrite, kind: stat.isDirectory() ? "folder" : "file" });
}

/** As `takeRights`, for a folder below that, if what it will replace has rights of its own. */
export function keepOwnEntries(anchor: Anchor, { path, live }: { path: string; live: string }): void {
  if (!platform.keepOwnEntries) return;
  try {
    const place = anchor.place(live);
    if (lstatSync(place).isDirectory() && platform.hasOwnEntries?.(place)) platform.keepOwnEntries(place, anchor.place(path));
  } catch (error) {
    if (!["ENOENT", "ENOTDIR", "LINK_IN_PATH"].includes(systemCode(error) ?? "")) throw error;
  }
}

/** Whether each owned folder that is there lets clients write, or not, as its class says. */
export function admitClasses(anchor: Anchor, owned: readonly OwnedPath[]): boolean[] {
  return owned.map(({ path, kind, rights }) => {
    if (!platform.admitsClass || kind !== "folder" || inodeAt(anchor, path) === undefined) return true;
    return platform.admitsClass(anchor.place(contentPath(anchor, path)), rights === "clients-write");
  });
}

function around(anchor: Anchor, live: string): { live?: string; parent: string } {
  const parent = existingAbove(anchor, live);
  const isThere = parent === parentOf(live) && inodeAt(anchor, live) !== undefined;
  return { ...(isThere ? { live: anchor.place(contentPath(anchor, live)) } : {}), parent: anchor.folder(parent) };
}

function existingAbove(anchor: Anchor, path: string): string {
  const parent = parentOf(path);
  if (parent === "") return parent;
  try {
    anchor.folder(parent);
    return parent;
  } catch (error) {
    if (!isAbsent(error)) throw error;
    return existingAbove(anchor, parent);
  }
}
