import type { FileEntry, OwnedPath } from "@sitewright/protocol";
import { identityWords, type FileIdentity } from "../../domain/tree/file-identity.ts";
import { createStampSum, type StampSum } from "../../domain/tree/tree-stamp.ts";
import { placeIn, type StagedTotals, type StagingTree } from "../../domain/unit-state.ts";
import type { UnitContext } from "../unit/context.ts";
import type { RootDisk } from "../unit/root-disk.ts";
import { batches, yieldToEventLoop } from "../unit/in-parallel.ts";
import { newSeed } from "../inspect/walk-owned.ts";

/** Interval at which written content is synced, ms: a power failure loses at most this much. */
const SYNC_EVERY_MS = 2_000;
const FINISH_AT_ONCE = 128;
/** Files that are recorded per yield: some ms. */
const REMEMBERED_AT_ONCE = { items: 1000, bytes: Infinity };

/** The building of one staging folder: what all its steps share. */
export interface RebuildJob {
  readonly context: UnitContext<"stage">;
  readonly owned: readonly OwnedPath[];
  readonly root: RootDisk;
  /** The staging folder. */
  readonly folder: string;
  readonly totals: StagedTotals;
  /** Of what is complete. */
  readonly stamp: StampSum;
  /** Where a path of the manifest is built. */
  place(path: string): string;
  /** The next files belong to one window; `over` is called once all of them are on the disk and the index knows them. */
  beginWindow(over: () => void): void;
  /** No more files of the window will be added. */
  endWindow(): void;
  /** Adds a file with this many pieces, some of which may be in a later plan: then it stays open. */
  expect(file: FileEntry, pieces: number, complete: boolean): void;
  /** One of its pieces is there. */
  pieceDone(file: FileEntry): void;
  /** One of its pieces is in a later plan. */
  pieceLater(file: FileEntry): void;
  /** A file is complete, attributes and all. @param mode Permissions, where they are not those of the manifest. */
  completed(file: FileEntry, identity: FileIdentity, mode?: number): void;
  report(step: "indexing" | "fetching" | "checking"): void;
  /** Gives all files their attributes that have all their pieces by now. */
  finishFiles(atLeast?: number): Promise<void>;
  /** Syncs everything and records which files are complete. */
  sync(): Promise<void>;
  /** Ends the timer; waits for a sync in progress. */
  stop(): Promise<void>;
}

export function createRebuildJob(
  context: UnitContext<"stage">,
  root: RootDisk,
  { folder, owned }: Pick<StagingTree, "folder" | "owned">,
): RebuildJob {
  const { cache, stagedFiles } = context.services;
  const totals: StagedTotals = { files: 0, reusedBytes: 0, fetchedBytes: 0, retriedBytes: 0 };
  const stamp = createStampSum(newSeed());
  const finishing: FileEntry[] = [];
  let unsynced: { file: FileEntry; identity: FileIdentity }[] = [];
  let ended: (() => void)[] = [];
  let dirty = false;
  let syncing: Promise<void> = Promise.resolve();
  const windows = createWindows({
    whole: (file) => finishing.push(file),
    over(window) {
      ended.push(window);
      dirty = true;
    },
  });

  async function syncOnce(): Promise<void> {
    await job.finishFiles();
    const files = unsynced;
    const over = ended;
    unsynced = [];
    ended = [];
    dirty = false;
    try {
      await root.runThrough("sync", {});
      for (const batch of batches(files, REMEMBERED_AT_ONCE, () => 0)) {
        stagedFiles.add(
          context.order.unit,
          batch.map(({ file, identity }) => [file.path, identity]),
        );
        cache.put(batch.map(({ file, identity }) => ({ root: root.path, path: file.path, identity, chunks: file.chunks })));
        await yieldToEventLoop();
      }
    } catch (error) {
      unsynced = [...files, ...unsynced];
      ended = [...over, ...ended];
      throw error;
    }
    for (const windowOver of over) windowOver();
  }

  const sync = () => (syncing = syncing.catch(() => {}).then(syncOnce));
  const timer = setInterval(() => {
    if (dirty) sync().catch(() => {}); // the sync at the end fails too
  }, SYNC_EVERY_MS);
  timer.unref();

  const job: RebuildJob = {
    context,
    owned,
    root,
    folder,
    totals,
    stamp,
    place: (path) => placeIn(folder, owned, path),
    beginWindow: windows.begin,
    endWindow: windows.end,
    expect: windows.expect,
    pieceDone(file) {
      dirty = true;
      windows.pieceDone(file);
    },
    pieceLater(file) {
      dirty = true;
      windows.pieceLater(file);
    },
    completed(file, identity, mode = file.mode) {
      windows.fileOver(file);
      totals.files += 1;
      stamp.file(file.path, mode, identityWords(identity));
      dirty = true;
      unsynced.push({ file, identity });
    },
    report: (step) => context.progress({ step, ...totals }),
    async finishFiles(atLeast = 1) {
      while (finishing.length >= atLeast) {
        const batch = finishing.splice(0, FINISH_AT_ONCE);
        try {
          const identities = await root.runThrough("finish", {
            files: batch.map(({ path, size, mode, modified }) => ({ path: job.place(path), size, mode, modified })),
          });
          batch.forEach((file, i) => job.completed(file, identities[i] as FileIdentity));
        } catch (error) {
          finishing.unshift(...batch);
          throw error;
        }
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

/** Incomplete files of one window, plus one while it is being planned. */
interface Window {
  open: number;
  over: () => void;
}

interface Expected {
  left: number;
  complete: boolean;
  window: Window;
}

interface WindowEvents {
  /** All pieces of a file are there. */
  whole(file: FileEntry): void;
  /** All files of a window are over; `window` was given at its beginning. */
  over(window: () => void): void;
}

/** Counts the pieces that files still need, and the files that windows still need. */
function createWindows({ whole, over }: WindowEvents) {
  const expected = new Map<FileEntry, Expected>();
  let window: Window = { open: 1, over: () => {} };

  function closeOne(of: Window): void {
    of.open -= 1;
    if (of.open <= 0) over(of.over);
  }

  function fileOver(file: FileEntry): void {
    const known = expected.get(file);
    if (!known) return;
    expected.delete(file);
    closeOne(known.window);
  }

  function pieceDone(file: FileEntry): void {
    const known = expected.get(file);
    if (!known) return;
    known.left -= 1;
    if (known.left > 0) return;
    if (known.complete) whole(file);
    else fileOver(file);
  }

  return {
    fileOver,
    pieceDone,
    begin(over: () => void): void {
      window = { open: 1, over };
    },
    end: () => closeOne(window),
    expect(file: FileEntry, pieces: number, complete: boolean): void {
      if (pieces === 0) {
        if (complete) whole(file);
        return;
      }
      expected.set(file, { left: pieces, complete, window });
      window.open += 1;
    },
    pieceLater(file: FileEntry): void {
      const known = expected.get(file);
      if (known) known.complete = false;
      pieceDone(file);
    },
  };
}
