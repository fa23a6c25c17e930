import { lstatSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { isAlive } from "./is-alive.ts";

/** A folder for temporary files of this process. */
export interface ScratchFolder extends Disposable {
  path: string;
}

/**
 * Makes one in the system's folder for such, and removes those of the same kind that processes left which were killed. They are known by the
 * machine and the number in their names: one whose number another process has by now stays until a later time.
 * @param kind Of letters.
 */
export function openScratchFolder(kind: string): ScratchFolder {
  const mine = `sitewright-${kind}-${hostname().replaceAll(/[^A-Za-z0-9-]/g, "")}-`;
  for (const name of readdirSync(tmpdir())) {
    const process = name.startsWith(mine) ? /^(\d+)-\w+$/.exec(name.slice(mine.length))?.[1] : undefined;
    if (process !== undefined && !isAlive(Number(process))) removeOwn(join(tmpdir(), name));
  }
  const path = mkdtempSync(join(tmpdir(), `${mine}${process.pid}-`));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** In that folder others make names too. */
function removeOwn(path: string): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory() && (process.geteuid === undefined || stats.uid === process.geteuid()))
    rmSync(path, { recursive: true, force: true });
}
