import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import type { RunRecord } from "../../app/site-backup/ports.ts";
import { restoreRun } from "./read-run.ts";
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
