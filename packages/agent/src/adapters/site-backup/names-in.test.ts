import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { isThere } from "./names-in.ts";
import { openRestoreBook } from "./restore-book.ts";
import { openSnapshotStore } from "./snapshot-store.ts";

test("nothing of a store is removed while the folder of its runs cannot be read", async () => {
  const own = temporaryFolder();
  using store = openSnapshotStore(own);
  const bytes = noise(100_000, 1);
  const digest = await store.chunks.put(bytes);
  await store.chunks.commit();
  const runs = join(own, "runs");
  renameSync(runs, `${runs}-away`);
  writeFileSync(runs, "");
  await expect(store.drop([])).rejects.toThrow(runs);
  await expect(store.begin("20261129T000000Z-00000000")).rejects.toThrow(runs);
  expect(store.chunks.read(digest)).toEqual(Buffer.from(bytes));
  rmSync(runs);
  renameSync(`${runs}-away`, runs);
  // No run uses it.
  await store.drop([]);
  expect(store.chunks.read(digest)).toBeUndefined();
});

test("a folder of restores that cannot be read is not taken for an empty one", async () => {
  const own = temporaryFolder();
  await expect(openRestoreBook(own).all()).resolves.toEqual([]);
  writeFileSync(join(own, "restores"), "");
  await expect(openRestoreBook(own).all()).rejects.toThrow("restores");
});

test("what is behind a place that cannot be looked at is not taken for absent: a share that is away has its backups still", () => {
  const folder = temporaryFolder();
  expect([isThere(folder), isThere(join(folder, "none"))]).toEqual([true, false]);
  writeFileSync(join(folder, "file"), "");
  expect(() => isThere(join(folder, "file/below"))).toThrow(expect.objectContaining({ path: join(folder, "file/below") }));
});
