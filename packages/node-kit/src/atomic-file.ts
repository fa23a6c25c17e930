import { randomUUID } from "node:crypto";
import { open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { systemCode } from "@sitewright/protocol";

/** Owner of a file. */
export interface Owner {
  uid: number;
  gid: number;
}

/** Writes a file so that after any crash either the old or the complete new one is there. @param owner Set if this account may. */
export async function writeFileAtomic(path: string, text: string | Uint8Array, mode: number, owner?: Owner): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeDurably(draft, text, mode, owner);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw aboutTarget(error, path);
  }
  await syncFolder(dirname(path));
}

/**
 * Nobody knows the draft, which an error names, or an error of writing does not: it is about the file, or about its folder, if that is what
 * does not exist.
 */
function aboutTarget(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !("syscall" in error)) return error;
  return Object.assign(error, { path: systemCode(error) === "ENOENT" ? dirname(path) : path });
}

const DRAFT = /\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Longer than writing a file takes, ms. */
const ABANDONED_MS = 3_600_000;

/** Removes what writers of files in this folder left that were killed. */
export async function removeAbandonedDrafts(folder: string): Promise<void> {
  for (const name of (await readdir(folder)).filter((one) => DRAFT.test(one))) {
    const path = join(folder, name);
    const written = (await stat(path).catch(() => undefined))?.mtimeMs ?? Infinity;
    if (Date.now() - written > ABANDONED_MS) await rm(path, { force: true });
  }
}

async function writeDurably(path: string, text: string | Uint8Array, mode: number, owner: Owner | undefined): Promise<void> {
  const file = await open(path, "wx", mode);
  try {
    await file.writeFile(text);
    if (owner) {
      await file.chown(owner.uid, owner.gid).catch(() => undefined);
      // The umask may have removed permissions, and so does a change of owner.
      await file.chmod(mode);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Windows has no handle on a folder to sync; there the rename itself is durable. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
