import { openSync } from "node:fs";
import type { Anchor } from "./anchored.ts";
import { nativeFolder } from "./native-folder.ts";

/** Opens or makes a file below the root, as `openSync` does. @param mode Permissions, of one that is made. */
export function openBelow(anchor: Anchor, path: string, flags: number, mode?: number): number {
  const slash = path.lastIndexOf("/");
  const { at, fd } = anchor.open(path.slice(0, Math.max(slash, 0)));
  const name = path.slice(slash + 1);
  return nativeFolder && fd !== undefined ? nativeFolder.open(fd, name, flags, mode) : openSync(`${at}/${name}`, flags, mode);
}
