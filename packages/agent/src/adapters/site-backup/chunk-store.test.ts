import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { openChunkStore } from "./chunk-store.ts";

const [FIRST, SECOND] = [noise(50_000, 1), noise(50_000, 2)];

/** A store with two chunks in one pack. */
async function aStore() {
  const folder = temporaryFolder();
  using store = openChunkStore(folder);
  const digests = [await store.put(FIRST), await store.put(SECOND)] as const;
  await store.commit();
  return { folder, digests, pack: join(folder, "packs/1.pack") };
}

test("damage that a reader met is stored again by the next writer, whoever else opened the store in between", async () => {
  const { folder, digests, pack } = await aStore();
  const bytes = readFileSync(pack);
  bytes.fill(0, 10, 20);
  writeFileSync(pack, bytes);
  {
    using reader = openChunkStore(folder);
    expect([reader.isDoubtful, reader.has(digests[0]), reader.read(digests[0])]).toEqual([false, true, undefined]);
  }
  {
    using writer = openChunkStore(folder);
    expect([writer.isDoubtful, writer.has(digests[0]), writer.has(digests[1])]).toEqual([true, false, true]);
    await writer.put(FIRST);
    expect(await writer.commit()).toBe(FIRST.length);
    writer.trust();
  }
  using after = openChunkStore(folder);
  expect([after.isDoubtful, after.read(digests[0]), after.read(digests[1])]).toEqual([false, FIRST, SECOND]);
});

test.each([
  ["is gone", (pack: string) => rmSync(pack)],
  ["was cut off", (pack: string) => truncateSync(pack, 10)],
])("a pack that %s is noticed when the store is opened, and what nobody stored again is no longer taken for stored", async (_, damage) => {
  const { folder, digests, pack } = await aStore();
  damage(pack);
  {
    using store = openChunkStore(folder);
    expect([store.isDoubtful, store.has(digests[0])]).toEqual([true, false]);
    await store.put(FIRST);
    await store.commit();
    store.trust();
  }
  using after = openChunkStore(folder);
  expect([after.has(digests[0]), after.has(digests[1])]).toEqual([true, false]);
  await after.put(SECOND);
  await after.commit();
  expect(after.read(digests[1])).toEqual(SECOND);
});
