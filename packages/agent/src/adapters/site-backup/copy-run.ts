import { copyFile, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SitewrightError } from "@sitewright/protocol";
import { syncFolder } from "@sitewright/node-kit/atomic-file";
import type { RunRecord } from "../../app/site-backup/ports.ts";
import { entriesOf } from "./read-run.ts";
import type { OpenSnapshotStore } from "./snapshot-store.ts";

export interface CopyOptions {
  /** Of what is written, byte/s; missing: as fast as the disks. */
  bytesPerSecond?: number | undefined;
  /** The other store is damaged: what it should have is read there, and stored again if it cannot be. */
  heal: boolean;
  signal: AbortSignal;
}

/** Bytes that a kill undoes at most; what is committed at once is one file. */
const COMMIT_BYTES = 64 * 1024 * 1024;

/**
 * Copies a run into another store: only what that has not, and each chunk compared with its digest. The run counts there when all of it is on
 * the disk. May be repeated, also after it was ended from outside.
 * @returns Bytes by which the other store grew. Throws `SNAPSHOT_DAMAGED`.
 */
export async function copyRun(
  from: OpenSnapshotStore,
  to: OpenSnapshotStore,
  record: RunRecord,
  { bytesPerSecond, heal, signal }: CopyOptions,
): Promise<number> {
  let grown = 0;
  const began = performance.now();
  try {
    for await (const { path, chunks = [] } of entriesOf(from, record))
      for (const name of chunks) {
        signal.throwIfAborted();
        const digest = Buffer.from(name, "hex");
        if (!heal && to.chunks.has(digest)) continue;
        const bytes = from.chunks.read(digest);
        if (!bytes)
          throw new SitewrightError("SNAPSHOT_DAMAGED", `bytes of ${path} are missing or damaged: the run ${record.run} is not copied`, {
            path,
          });
        await to.chunks.put(bytes);
        if (to.chunks.waiting() > COMMIT_BYTES) grown += await to.chunks.commit();
        const due = bytesPerSecond === undefined ? 0 : began + ((grown + to.chunks.waiting()) / bytesPerSecond) * 1000;
        if (due > performance.now()) await sleep(due - performance.now(), undefined, { signal });
      }
  } finally {
    grown += await to.chunks.commit();
  }
  await copyList(from.listOf(record.run), to.listOf(record.run));
  await to.publish({ ...record, added: grown });
  return grown;
}

async function copyList(from: string, to: string): Promise<void> {
  const draft = `${to}.draft`;
  await rm(draft, { force: true });
  await copyFile(from, draft);
  {
    await using file = await open(draft, "r+");
    await file.sync();
  }
  await rename(draft, to);
  await syncFolder(dirname(to));
}
