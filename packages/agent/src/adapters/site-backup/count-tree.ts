import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Counts } from "../../app/site-backup/trial.ts";

/** Files below a place, and their bytes; links are not followed. Undefined: nothing is there. */
export async function countTree(place: string, signal: AbortSignal): Promise<Counts | undefined> {
  if (!lstatSync(place, { throwIfNoEntry: false })) return undefined;
  const counts = { files: 0, bytes: 0 };
  const folders: string[] = [];
  const add = (path: string) => {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats?.isDirectory()) folders.push(path);
    if (!stats?.isFile()) return;
    counts.files += 1;
    counts.bytes += stats.size;
  };
  add(place);
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    signal.throwIfAborted();
    for (const name of readdirSync(folder)) add(join(folder, name));
    await nextTurn();
  }
  return counts;
}
