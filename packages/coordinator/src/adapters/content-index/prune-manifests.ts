import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ManifestsTable } from "./manifests-table.ts";
import { manifestFolder } from "./manifest-store.ts";

const DAY = 24 * 60 * 60 * 1000;
/** ms; longer than any order waits for its window. */
const KEPT_FOR = 30 * DAY;
/** Of each unit, however old: what systems hold is among them, and the next manifest travels as what differs from it. */
const NEWEST = 3;

/** Removes manifests that nobody will ask for, and what an index that was killed left half written. For worker threads. */
export function pruneManifests(dataDir: string, database: ManifestsTable): void {
  const now = Date.now();
  const folder = manifestFolder(dataDir);
  database.pruneManifests(now - KEPT_FOR, NEWEST, (isKnown) => {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const modified = isKnown(name) ? undefined : statSync(path, { throwIfNoEntry: false })?.mtimeMs;
      // What is young may be in the making.
      if (modified !== undefined && now - modified > DAY) rmSync(path, { force: true });
    }
  });
}
