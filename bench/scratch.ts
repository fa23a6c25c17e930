import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

/** Where the data lie: a disk in memory, and the disk of the project. */
const PLACES = { memory: "/dev/shm", disk: resolve(".sitewright/bench") } as const;
const PREFIX = "sitewright-bench-";

export function makeScratch(kind: keyof typeof PLACES): string {
  mkdirSync(PLACES[kind], { recursive: true });
  return mkdtempSync(join(PLACES[kind], `${PREFIX}${process.pid}-`));
}

export function removeScratch(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Removes left-overs of a killed run: gigabytes, perhaps in memory. */
export function clearScratch(): void {
  for (const place of Object.values(PLACES)) {
    if (!existsSync(place)) continue;
    for (const name of readdirSync(place)) {
      const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
      if (pid !== undefined && !existsSync(`/proc/${pid}`)) removeScratch(join(place, name));
    }
  }
}
