import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import type { RunRecord } from "../../app/site-backup/ports.ts";
import { restoreRun, verifyRun } from "./read-run.ts";
import { openSnapshotStore } from "./snapshot-store.ts";

const FOREVER = new AbortController().signal;
const RUN = "20261129T010203Z-00000000";

/** A run that saved a folder with links, of which some stand in its list before what they lead to. */
async function aRunWithLinks() {
  const folder = temporaryFolder();
  const site = join(folder, "site");
  mkdirSync(join(site, "z"), { recursive: true });
  writeFileSync(join(site, "z/file"), "bytes");
  for (const [name, to] of Object.entries({ a: "b", b: "z", c: "nowhere", "z/up": "../a" })) symlinkSync(to, join(site, name));
  const old = new Date(2020, 1, 1);
  for (const path of ["z", "."]) utimesSync(join(site, path), old, old);
  const store = openSnapshotStore(join(folder, "own"));
  const writer = await store.begin(RUN);
  await writer.saveTree(site, "site", FOREVER);
  const record: RunRecord = {
    form: 1,
    run: RUN,
    site: "ABC",
    state: "complete",
    control: "",
    began: 0,
    ended: 0,
    parts: [],
    absent: [],
    faults: [],
    ...(await writer.seal()),
  };
  return { store, record, old, to: join(folder, "restored") };
}

test("a restore makes links again, also those that lead to other links or nowhere, and folders keep the times that they had", async () => {
  const { store, record, old, to } = await aRunWithLinks();
  expect(await restoreRun(store, record, to, FOREVER)).toEqual({ files: 1, bytes: 5 });
  const site = join(to, "site");
  expect(["a", "b", "c", "z/up"].map((name) => readlinkSync(join(site, name)))).toEqual(["b", "z", "nowhere", "../a"]);
  expect([readFileSync(join(site, "z/up/file"), "utf8"), existsSync(join(site, "c"))]).toEqual(["bytes", false]);
  expect(["z", "."].map((path) => lstatSync(join(site, path)).mtime)).toEqual([old, old]);
});

test("a restore makes links after everything else: while files are still written there is none, although the list has them before", async () => {
  const { store, record, to } = await aRunWithLinks();
  const chunks = { ...store.chunks, read: () => undefined };
  await expect(restoreRun({ ...store, chunks }, record, to, FOREVER)).rejects.toMatchObject({ code: "SNAPSHOT_DAMAGED" });
  expect(readdirSync(to, { recursive: true, encoding: "utf8" }).sort()).toEqual(["site", "site/z", "site/z/file"]);
});

test("what a share of a verification reads of a run, it reads of a later one too, whatever files are new", async () => {
  const folder = temporaryFolder();
  const site = join(folder, "site");
  mkdirSync(site);
  for (let i = 0; i < 30; i++) writeFileSync(join(site, `file-${i}`), `bytes ${i}`);
  using store = openSnapshotStore(join(folder, "own"));
  const readOf = async (run: string, nth: number): Promise<string[]> => {
    const writer = await store.begin(run);
    await writer.saveTree(site, "site", FOREVER);
    const record = { run, state: "complete", parts: [], ...(await writer.seal()) } as unknown as RunRecord;
    const read = new Set<string>();
    const chunks = {
      ...store.chunks,
      read(digest: Uint8Array) {
        const bytes = store.chunks.read(digest);
        read.add(bytes?.toString() ?? "");
        return bytes;
      },
    };
    await verifyRun({ ...store, chunks }, record, { nth, of: 3 }, FOREVER);
    return [...read].sort();
  };
  const first = await readOf(RUN, 1);
  writeFileSync(join(site, "a-new-one"), "new");
  const later = [await readOf(RUN, 1), await readOf(RUN, 2), await readOf(RUN, 3)];
  expect(later[0]?.filter((text) => text !== "new")).toEqual(first);
  expect([first.length > 0, new Set(later.flat()).size, later.flat().length]).toEqual([true, 31, 31]);
});

test("a verification that is to stop does so within a large file, and reports no damage", async () => {
  const { store, record } = await aRunWithLinks();
  const stop = new AbortController();
  const chunks = {
    ...store.chunks,
    read(digest: Uint8Array) {
      stop.abort();
      return store.chunks.read(digest);
    },
  };
  await expect(verifyRun({ ...store, chunks }, record, { nth: 1, of: 1 }, stop.signal)).rejects.toThrow("aborted");
});
