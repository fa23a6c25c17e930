import { copyFile, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SitewrightError } from "@sitewright/protocol";
import { syncFolder } from "@sitewright/node-kit/atomic-file";
import type { RunRecord } from "../../app/site-backup/ports.ts";
import { entriesIn } from "./entry-list.ts";
import type { OpenSnapshotStore } from "./snapshot-store.ts";

/** A chunk of a file. */
export interface Wanted {
  digest: Buffer;
  /** Of the file. */
  path: string;
}

/** Where a run is copied from. */
export interface RunSource {
  /** Writes the list of the run to a file. */
  list(record: RunRecord, to: string): Promise<void>;
  /** In this order; without bytes where they are missing or damaged there. May read `wanted` some chunks ahead. */
  chunks(wanted: AsyncIterable<Wanted>): AsyncIterable<Wanted & { bytes: Buffer | undefined }>;
}

export function storeSource(store: OpenSnapshotStore): RunSource {
  return {
    list: ({ run }, to) => copyFile(store.listOf(run), to),
    async *chunks(wanted) {
      for await (const one of wanted) yield { ...one, bytes: store.chunks.read(one.digest) };
    },
  };
}

export interface CopyOptions {
  /** Of what is written, byte/s; missing: as fast as it comes. */
  bytesPerSecond?: number | undefined;
  signal: AbortSignal;
}

/** Bytes that a kill undoes at most; what is committed at once is one file. */
const COMMIT_BYTES = 64 * 1024 * 1024;

/**
 * Copies a run into another store: only what that has not, and each chunk compared with its digest. The run counts there when all of it is on
 * the disk. May be repeated, also after it was ended from outside.
 * @returns Bytes by which the store grew. Throws `SNAPSHOT_DAMAGED`, `DISK_FULL` (then nothing of it stays), and what the source does.
 */
export async function copyRun(from: RunSource, to: OpenSnapshotStore, record: RunRecord, options: CopyOptions): Promise<number> {
  const list = to.listOf(record.run);
  const draft = `${list}.draft`;
  // Also those of other runs: where each copy is interrupted by the next backup, their lists would fill the disk.
  await to.removeLeftovers();
  await from.list(record, draft);
  // All of it, before anything is taken by it.
  for await (const _ of entriesIn(draft, record)) options.signal.throwIfAborted();
  let grown: number;
  try {
    grown = await copyChunks(from, to, { record, draft }, options);
  } catch (error) {
    // What failed first is what is reported.
    if (SitewrightError.from(error).code === "DISK_FULL") await giveBack(to, draft).catch(() => undefined);
    // What has arrived is kept for the next attempt.
    else await to.chunks.commit().catch(() => undefined);
    throw error;
  }
  {
    await using file = await open(draft, "r+");
    await file.sync();
  }
  await rename(draft, list);
  await syncFolder(dirname(list));
  await to.publish({ ...record, added: grown });
  return grown;
}

/** A full disk would stay full of a run that does not fit, and others that are kept there need room too. */
async function giveBack(to: OpenSnapshotStore, draft: string): Promise<void> {
  await to.chunks.rollback();
  await rm(draft, { force: true });
  await to.drop([]);
}

async function copyChunks(
  from: RunSource,
  { chunks }: OpenSnapshotStore,
  { record, draft }: { record: RunRecord; draft: string },
  { bytesPerSecond, signal }: CopyOptions,
): Promise<number> {
  const began = performance.now();
  let grown = 0;
  /** Chunks that are on their way, hex. */
  const asked = new Set<string>();
  async function* wanted(): AsyncGenerator<Wanted> {
    for await (const { path, chunks: names = [] } of entriesIn(draft, record))
      for (const name of names) {
        const digest = Buffer.from(name, "hex");
        if (asked.has(name) || chunks.has(digest)) continue;
        asked.add(name);
        yield { digest, path };
      }
  }
  for await (const { digest, path, bytes } of from.chunks(wanted())) {
    signal.throwIfAborted();
    if (!bytes)
      throw new SitewrightError("SNAPSHOT_DAMAGED", `bytes of ${path} are missing or damaged: the run ${record.run} is not copied`, {
        path,
      });
    await chunks.put(bytes);
    asked.delete(digest.toString("hex"));
    if (chunks.waiting() > COMMIT_BYTES) grown += await chunks.commit();
    const due = bytesPerSecond === undefined ? 0 : began + ((grown + chunks.waiting()) / bytesPerSecond) * 1000;
    if (due > performance.now()) await sleep(due - performance.now(), undefined, { signal });
  }
  return grown + (await chunks.commit());
}
