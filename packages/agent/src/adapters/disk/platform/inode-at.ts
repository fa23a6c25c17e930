import { lstatSync, statSync } from "node:fs";
import type { Inode } from "../../../domain/tree/file-identity.ts";
import type { Anchor } from "./anchored.ts";
import { isAbsent } from "../disk-error.ts";

/** Devices of roots, as long as their anchors last. */
const devices = new WeakMap<Anchor, bigint>();

/** What lies at a path. The root's own device goes without its number, which may be another after the next boot. */
export function inodeAt(anchor: Anchor, path: string, fileOnly = false): Inode | undefined {
  try {
    const stat = lstatSync(anchor.place(path), { bigint: true });
    if (fileOnly && !stat.isFile()) return undefined;
    return `${stat.dev === deviceOf(anchor) ? "" : stat.dev}:${stat.ino}`;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function deviceOf(anchor: Anchor): bigint {
  const known = devices.get(anchor);
  if (known !== undefined) return known;
  const { dev } = statSync(`${anchor.folder("")}/.`, { bigint: true });
  devices.set(anchor, dev);
  return dev;
}
