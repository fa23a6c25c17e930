import { linkSync } from "node:fs";
import type { Inode } from "../../domain/file-identity.ts";
import type { Anchor } from "./anchored.ts";
import { isAbsent, systemCode } from "./disk-error.ts";
import { inodeAt } from "./inode-at.ts";

/** Gives the plain file at `from` a second name; returns what it is, or undefined where there is none, or none such at `to`. */
export function linkFile(anchor: Anchor, { from, to }: { from: string; to: string }): Inode | undefined {
  const inode = inodeAt(anchor, from, true);
  if (inode === undefined) return undefined;
  try {
    linkSync(anchor.place(from), anchor.place(to));
    return inode;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    if (systemCode(error) === "EEXIST") return inodeAt(anchor, to, true) === inode ? inode : undefined;
    throw error;
  }
}
