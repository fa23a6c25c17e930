import { createHash, randomUUID } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { getAsset, getRawAsset } from "node:sea";
import { claimFolder } from "./private-folder.ts";
import { makeFolder } from "./make-folder.ts";

/** Loads the native module that this single executable carries: the system loads code from files only, so it is written to one first. */
export function loadNative(name: string): unknown {
  const loaded = { exports: {} as unknown };
  process.dlopen(loaded, place(name, getAsset(`${name}.sha256`, "utf8")));
  return loaded.exports;
}

/**
 * The file with these bytes in a folder of this account. Whoever could write there would have code run here. What is inside the executable
 * is read only when there is no such file, because all that was read of it counts as memory of the process.
 */
function place(name: string, hash: string): string {
  const folder = cacheFolder();
  makeFolder(folder, 0o700);
  claimFolder(folder, { owner: "this program", remedy: `Remove ${folder}`, linksWithin: false });
  const file = join(folder, `${name}-${hash.slice(0, 32)}`);
  const isThere = (): boolean => existsSync(file) && createHash("sha256").update(readFileSync(file)).digest("hex") === hash;
  if (isThere()) return file;
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, new Uint8Array(getRawAsset(name)), { flag: "wx", mode: 0o700 });
  try {
    renameSync(draft, file);
  } catch (error) {
    // On Windows a file that another process has loaded meanwhile is not replaced.
    rmSync(draft);
    if (!isThere()) throw error;
  }
  return file;
}

/** Services without a home are given a folder by systemd (`CACHE_DIRECTORY`), or use the one for temporary files. */
function cacheFolder(): string {
  const { CACHE_DIRECTORY, LOCALAPPDATA, XDG_CACHE_HOME } = process.env;
  const given = CACHE_DIRECTORY ?? (process.platform === "win32" ? LOCALAPPDATA : XDG_CACHE_HOME);
  if (given) return join(given, "sitewright-native");
  if (existsSync(homedir())) return join(homedir(), ".cache", "sitewright-native");
  return join(tmpdir(), `sitewright-native-${userInfo().uid}`);
}
