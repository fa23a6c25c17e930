import type { FileEntry, Manifest, Order } from "@sitewright/protocol";
import type { FileIdentity } from "../../domain/file-identity.ts";
import { createStampSum, type StampSum } from "../../domain/tree-stamp.ts";
import { placeIn, type StagedTotals } from "../../domain/unit-state.ts";
import type { OrderContext } from "../ports.ts";
import { newSeed } from "./stamp-tree.ts";
import type { Site } from "./unit-ports.ts";

/** Once in this time what was written is put on the disk for good, ms: so much is lost at most when the power goes. */
const SYNC_EVERY_MS = 2_000;
const FINISH_AT_ONCE = 128;

/** The building of one staging folder: what all its steps share. */
export interface RebuildJob {
  readonly site: Site;
  readonly order: Order;
  readonly context: OrderContext;
  readonly manifest: Manifest;
  readonly root: string;
  readonly totals: StagedTotals;
  /** Of what is complete. */
  readonly stamp: StampSum;
  /** Where a path of the manifest is built. */
  place(path: string): string;
  /** Another file that is put together from so many pieces. */
  expect(file: FileEntry, pieces: number): void;
  /** So many of its pieces are there. */
  pieceDone(file: FileEntry): void;
  /** A file is complete, attributes and all. */
  completed(file: FileEntry, identity: FileIdentity): void;
  report(step: "indexing" | "fetching" | "checking"): void;
  /** Gives all files their attributes that are complete by now. */
  finishFiles(atLeast?: number): Promise<void>;
  /** Puts everything on the disk and remembers which files are complete. */
  sync(): Promise<void>;
  /** Ends the timer; waits for a sync under way. */
  stop(): Promise<void>;
}

export function createRebuildJob(
  site: Site,
  order: Order,
  context: OrderContext,
  manifest: Manifest,
  root: string,
  folder: string,
): RebuildJob {
  const totals: StagedTotals = { files: 0, reusedBytes: 0, fetchedBytes: 0, retriedBytes: 0 };
  const stamp = createStampSum(newSeed());
  const pieces = new Map<FileEntry, number>();
  const finishing: FileEntry[] = [];
  let unsynced: { file: FileEntry; identity: FileIdentity }[] = [];
  let dirty = false;
  let syncing: Promise<void> = Promise.resolve();

  async function syncOnce(): Promise<void> {
    const files = unsynced;
    unsynced = [];
    dirty = false;
    try {
      await site.disk.run(root, "sync", {});
      if (files.length > 0)
        site.stagedFiles.add(
          order.unit,
          files.map(({ file, identity }) => [file.path, identity]),
        );
      site.cache.put(files.map(({ file, identity }) => ({ root, path: file.path, identity, chunks: file.chunks })));
    } catch (error) {
      unsynced = [...files, ...unsynced];
      throw error;
    }
  }

  const sync = () => (syncing = syncing.catch(() => {}).then(syncOnce));
  const timer = setInterval(() => {
    if (dirty) sync().catch(() => {}); // a failure shows again in the sync at the end
  }, SYNC_EVERY_MS);
  timer.unref();

  const job: RebuildJob = {
    site,
    order,
    context,
    manifest,
    root,
    totals,
    stamp,
    place: (path) => placeIn(folder, manifest.owned, path),
    expect(file, count) {
      if (count === 0) finishing.push(file);
      else pieces.set(file, (pieces.get(file) ?? 0) + count);
    },
    pieceDone(file) {
      dirty = true;
      const left = (pieces.get(file) ?? 0) - 1;
      pieces.set(file, left);
      if (left > 0) return;
      pieces.delete(file);
      finishing.push(file);
    },
    completed(file, identity) {
      totals.files += 1;
      stamp.file(file.path, file.mode, identity);
      dirty = true;
      unsynced.push({ file, identity });
    },
    report: (step) => context.progress({ step, ...totals }),
    async finishFiles(atLeast = 1) {
      while (finishing.length >= atLeast) {
        const batch = finishing.splice(0, FINISH_AT_ONCE);
        const identities = await site.disk.run(root, "finish", {
          files: batch.map(({ path, size, mode, modified }) => ({ path: job.place(path), size, mode, modified })),
        });
        batch.forEach((file, i) => job.completed(file, identities[i] as FileIdentity));
      }
    },
    sync,
    async stop() {
      clearInterval(timer);
      await syncing.catch(() => {});
    },
  };
  return job;
}
