import { readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import { syncFolder, writeFileAtomic } from "@sitewright/node-kit/atomic-file";
import { makeFolder } from "@sitewright/node-kit/make-folder";
import { newestFirst, RUN_STATES, type RunRecord, type SnapshotStore } from "../../app/site-backup/ports.ts";
import { openChunkStore, type ChunkStore } from "./chunk-store.ts";
import { entriesIn, writeList } from "./entry-list.ts";
import { namesIn } from "./names-in.ts";
import { saveTree } from "./save-tree.ts";

/** Of the file with the name of an archived run. */
const MARK = ".archived";
const RUN = /^\d{8}T\d{6}Z-[0-9a-f]{8}$/;

/** What is known of the runs. Reading it needs no lock: each record is replaced as a whole. */
export type RunRecords = Pick<SnapshotStore, "runs" | "archived">;

/** @param folder Sitewright's own, in that of the backup. Reading throws `DATA_DAMAGED`. */
export function openRunRecords(folder: string): RunRecords {
  const runs = join(folder, "runs");
  const recordOf = (run: string) => join(runs, `${run}.json`);
  return {
    async runs() {
      const names = (await namesIn(runs))
        .map((name) => /^(.+)\.json$/.exec(name)?.[1])
        .filter((name) => name !== undefined && RUN.test(name));
      const records = await Promise.all(names.map((run) => readRecord(recordOf(run as string))));
      return newestFirst(
        records.filter((one) => one !== undefined),
        Date.now(),
      );
    },
    async archived() {
      const marks = (await namesIn(runs)).filter((name) => name.endsWith(MARK) && RUN.test(name.slice(0, -MARK.length)));
      const names = await Promise.all(marks.map(async (name) => (await readFile(join(runs, name), "utf8")).trim()));
      return new Map(marks.map((name, i) => [name.slice(0, -MARK.length), names[i] as string]));
    },
  };
}

/** Undefined: it was removed meanwhile. */
async function readRecord(path: string): Promise<RunRecord | undefined> {
  try {
    return parseRecord(await readFile(path, "utf8"), path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

export interface OpenSnapshotStore extends SnapshotStore, Disposable {
  chunks: ChunkStore;
  /** Where the list of a run is. */
  listOf(run: string): string;
  /** Of runs that were never whole: lists without a record. None may be under way. */
  removeLeftovers(): Promise<void>;
}

/**
 * Snapshots in the folder of a backup: chunks, and for each run a record and the list of what was saved. A run is there when its record is;
 * lists without one are what a crash left. Throws `SITE_BACKUP_RUNS`, `DATA_DAMAGED`.
 * @param folder Sitewright's own, in that of the backup.
 */
export function openSnapshotStore(folder: string): OpenSnapshotStore {
  const runs = join(folder, "runs");
  makeFolder(runs, 0o700);
  const chunks = openChunkStore(folder);
  const listOf = (run: string) => join(runs, `${run}.list`);
  const recordOf = (run: string) => join(runs, `${run}.json`);
  const { runs: all, archived } = openRunRecords(folder);
  const removeLeftovers = async (): Promise<void> => {
    const known = new Set((await all()).map((record) => record.run));
    for (const name of await readdir(runs)) if (!known.has(name.replace(/\..*$/, ""))) await rm(join(runs, name), { force: true });
  };
  return {
    chunks,
    listOf,
    removeLeftovers,
    runs: all,
    async begin(run) {
      await removeLeftovers();
      const draft = `${listOf(run)}.draft`;
      const list = writeList(draft);
      const last = (await all()).find((record) => record.state === "complete" && record.stopped && record.list !== undefined);
      const to = {
        store: chunks,
        list,
        own: folder,
        ...(last?.stopped ? { earlier: { list: listOf(last.run), from: last.stopped.from } } : {}),
      };
      return {
        saveTree: (source, target, signal) => saveTree(to, source, target, signal),
        async saveText(text, target) {
          const bytes = Buffer.from(text);
          const parts = Array.from({ length: Math.ceil(bytes.length / PART) }, (_, i) => bytes.subarray(i * PART, (i + 1) * PART));
          const digests: string[] = [];
          for (const part of parts) digests.push(Buffer.from(await chunks.put(part)).toString("hex"));
          await list.add({
            path: target,
            kind: "file",
            mode: 0o600,
            uid: 0,
            gid: 0,
            modified: Date.now(),
            size: bytes.length,
            chunks: digests,
          });
          return { files: 1, bytes: bytes.length, skipped: 0 };
        },
        async seal() {
          const digest = await list.end();
          const added = await chunks.commit();
          await rename(draft, listOf(run));
          await syncFolder(runs);
          return { list: digest, added };
        },
        async discard() {
          await list.abort();
          await chunks.rollback();
          await rm(draft, { force: true });
        },
      };
    },
    archived,
    async archive(run, name) {
      if (name !== undefined) return writeFileAtomic(join(runs, `${run}${MARK}`), `${name}\n`, 0o600);
      await rm(join(runs, `${run}${MARK}`), { force: true });
      await syncFolder(runs);
    },
    publish: (record) => writeFileAtomic(recordOf(record.run), `${JSON.stringify(record)}\n`, 0o600),
    async drop(dropped) {
      // Records first: without one a run is none, whatever else is left of it.
      for (const run of dropped) await rm(recordOf(run), { force: true });
      await syncFolder(runs);
      for (const run of dropped) await rm(listOf(run), { force: true });
      const used = new Set<string>();
      for (const record of await all())
        if (record.list !== undefined)
          for await (const { chunks: digests = [] } of entriesIn(listOf(record.run), record))
            for (const digest of digests) used.add(digest);
      await chunks.sweep((digest) => used.has(Buffer.from(digest).toString("hex")));
    },
    [Symbol.dispose]: () => chunks[Symbol.dispose](),
  };
}

/** Bytes of a chunk of a text. */
const PART = 64 * 1024;

function parseRecord(text: string, path: string): RunRecord {
  try {
    const record = runRecordIn(JSON.parse(text));
    if (record) return record;
  } catch {
    // Reported below.
  }
  throw new SitewrightError("DATA_DAMAGED", `${path} is not the record of a run: move it away; its snapshot cannot be used`, { path });
}

/** Undefined: it is not the record of a run. */
export function runRecordIn(value: unknown): RunRecord | undefined {
  const record = Object(value) as Partial<Record<keyof RunRecord, unknown>>;
  const { form, run, site, state, parts, faults, absent } = record;
  const numbers = [record.began, record.ended, record.added];
  const isWhole =
    form === 1 &&
    typeof run === "string" &&
    RUN.test(run) &&
    typeof site === "string" &&
    RUN_STATES.some((one) => one === state) &&
    [parts, faults, absent].every((one) => Array.isArray(one)) &&
    numbers.every((one) => typeof one === "number");
  return isWhole ? (record as RunRecord) : undefined;
}
