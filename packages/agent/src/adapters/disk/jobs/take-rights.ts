import { lstatSync } from "node:fs";
import type { MakeAsk, PlaceAsk } from "../../../app/ports/disk.ts";
import { inodeAt, type Anchor } from "../anchor.ts";
import { isAbsent } from "../disk-error.ts";
import { platform } from "../platform/platform.ts";
import { parentOf } from "./place-rules.ts";

/** Gives a folder that will be exchanged the rights of what it replaces, where files inherit them from their folder when they are made. */
export function takeRights(anchor: Anchor, { path, live, clientsWrite }: NonNullable<MakeAsk["tops"]>[number]): void {
  if (!platform.takeRights) return;
  platform.takeRights({ staged: anchor.place(path), ...around(anchor, live), clientsWrite, kind: "folder" });
}

/** Shortly before the exchange: an administrator may have changed the rights of what is live since, and files have had none to inherit. */
export function renewRights(anchor: Anchor, { staged, live }: PlaceAsk["tops"][number]): void {
  if (!platform.takeRights) return;
  const stat = lstatSync(anchor.place(staged), { throwIfNoEntry: false });
  const found = around(anchor, live);
  if (!stat || (stat.isDirectory() && found.live === undefined)) return;
  platform.takeRights({ staged: anchor.place(staged), ...found, clientsWrite: false, kind: stat.isDirectory() ? "folder" : "file" });
}

function around(anchor: Anchor, live: string): { live?: string; parent: string } {
  const parent = existingAbove(anchor, live);
  const isThere = parent === parentOf(live) && inodeAt(anchor, live) !== undefined;
  return { ...(isThere ? { live: anchor.place(live) } : {}), parent: anchor.folder(parent) };
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
