import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
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

const packsOf = (folder: string) => readdirSync(join(folder, "packs")).map((name) => statSync(join(folder, "packs", name)).size);

test("what is used of a pack that is mostly unused is moved to another one, and the rest of it is given back", async () => {
  const folder = temporaryFolder();
  const small = noise(2000, 3);
  {
    using store = openChunkStore(folder);
    const digest = await store.put(small);
    for (const bytes of [FIRST, SECOND]) await store.put(bytes);
    await store.commit();
    // Its pack is open for reading.
    expect(store.read(digest)).toEqual(small);
    await store.sweep((one) => Buffer.from(one).equals(digest));
    expect([store.read(digest), packsOf(folder)]).toEqual([small, [small.length]]);
    // More than half of it is used.
    await store.sweep((one) => Buffer.from(one).equals(digest));
    expect(packsOf(folder)).toEqual([small.length]);
  }
  using after = openChunkStore(folder);
  expect([after.isDoubtful, after.read(await after.put(small)), await after.commit()]).toEqual([false, small, 0]);
});

test("damaged bytes are moved nowhere: their pack stays, and the damage is noted", async () => {
  const folder = temporaryFolder();
  const small = noise(2000, 3);
  let digest: Uint8Array;
  {
    using store = openChunkStore(folder);
    digest = await store.put(small);
    await store.put(FIRST);
    await store.commit();
  }
  const pack = join(folder, "packs/1.pack");
  writeFileSync(pack, readFileSync(pack).fill(0, 10, 20));
  {
    using store = openChunkStore(folder);
    await store.sweep((one) => Buffer.from(one).equals(digest));
    expect(readdirSync(join(folder, "packs"))).toEqual(["1.pack"]);
  }
  using after = openChunkStore(folder);
  expect(after.isDoubtful).toBe(true);
});

test("numbers of packs that were removed are given again, and nothing of the earlier one is read by them", async () => {
  const { folder, digests } = await aStore();
  using store = openChunkStore(folder);
  expect(store.read(digests[0])).toEqual(FIRST);
  await store.sweep(() => false);
  expect(packsOf(folder)).toEqual([]);
  const digest = await store.put(SECOND);
  await store.commit();
  expect([readdirSync(join(folder, "packs")), store.read(digest), store.isDoubtful]).toEqual([["1.pack"], SECOND, false]);
});
