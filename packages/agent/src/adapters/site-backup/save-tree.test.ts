import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { openChunkStore, type ChunkStore } from "./chunk-store.ts";
import { readList, writeList, type Entry } from "./entry-list.ts";
import { saveTree } from "./save-tree.ts";

const FOREVER = new AbortController().signal;
/** After all that the tests write: a backup that began later than their files changed. */
const LATER = Date.now() + 3_600_000;

function aSite() {
  const folder = temporaryFolder();
  const site = join(folder, "site");
  mkdirSync(join(site, "a.b/c"), { recursive: true });
  mkdirSync(join(site, "a"));
  const old = new Date(2020, 1, 1);
  const write = (path: string, content: string | Buffer) => {
    writeFileSync(join(site, path), content);
    utimesSync(join(site, path), old, old);
  };
  // Names whose order as text is not that of a walk.
  for (const [i, path] of ["a/x", "a.b/c/y", "a.b/z", "a-b", "a0"].entries()) write(path, noise(40_000, i));
  symlinkSync("a/x", join(site, "link"));
  for (const folder of ["a", "a.b/c", "a.b", ""]) utimesSync(join(site, folder), old, old);
  const store = openChunkStore(join(folder, "own"));
  return { folder, site, write, store };
}

/** @returns The entries, and how many chunks were stored or looked up by their bytes. @param at.onPut Called before each. */
async function save(
  at: ReturnType<typeof aSite> & { onPut?: (puts: number) => void },
  name: string,
  earlier?: { list: string; from: number },
  source = at.site,
) {
  let puts = 0;
  const store: ChunkStore = { ...at.store, put: (bytes) => ((puts += 1), at.onPut?.(puts), at.store.put(bytes)) };
  const list = writeList(join(at.folder, name));
  // Another target before and behind, as the other lines of a control file make.
  await list.add({ path: "before", kind: "folder", mode: 0, uid: 0, gid: 0, modified: 0 });
  try {
    await saveTree({ store, list, own: join(at.folder, "own"), ...(earlier ? { earlier } : {}) }, source, "site", FOREVER);
  } catch (error) {
    await list.abort();
    throw error;
  }
  await list.add({ path: "behind", kind: "folder", mode: 0, uid: 0, gid: 0, modified: 0 });
  await list.end();
  const entries: Entry[] = [];
  for await (const entry of readList(join(at.folder, name))) entries.push(entry);
  return { entries, puts };
}

test("files that did not change since an earlier run are taken from its list and not read", async () => {
  const at = aSite();
  const first = await save(at, "first");
  const second = await save(at, "second", { list: join(at.folder, "first"), from: LATER });
  expect([first.puts, second.puts, second.entries]).toEqual([5, 0, first.entries]);
});

test("a changed file is read although its size and its time are those of before, and so are a new and an exchanged one", async () => {
  const at = aSite();
  const earlier = { list: join(at.folder, "first"), from: LATER };
  await save(at, "first");
  for (const change of [
    () => at.write("a.b/z", noise(40_000, 9)),
    () => at.write("a/new", noise(40_000, 10)),
    () => {
      at.write("other", noise(40_000, 11));
      renameSync(join(at.site, "other"), join(at.site, "a0"));
    },
  ]) {
    change();
    const { puts, entries } = await save(at, "again", earlier);
    const whole = await save(at, "whole");
    expect([puts > 0, puts < whole.puts, entries]).toEqual([true, true, whole.entries]);
    await save(at, "first");
  }
});

test("a file that changed shortly before the earlier run saved it is read again: the change after it may have left no trace", async () => {
  const at = aSite();
  const { puts } = await save(at, "first");
  expect((await save(at, "second", { list: join(at.folder, "first"), from: Date.now() + 1000 })).puts).toBe(puts);
});

test("files are read again where chunks of the earlier run are missing, and where its list ends early", async () => {
  const at = aSite();
  const { puts, entries } = await save(at, "first");
  await at.store.rollback();
  expect(await save(at, "second", { list: join(at.folder, "first"), from: LATER })).toEqual({ puts, entries });
  writeFileSync(join(at.folder, "cut"), "no list");
  expect(await save(at, "third", { list: join(at.folder, "cut"), from: LATER })).toEqual({ puts, entries });
});

test("a source that is a link, or holds the backup by way of one, is refused: nothing of a site would be saved, or the backup in itself", async () => {
  const at = aSite();
  const link = join(at.folder, "elsewhere");
  symlinkSync(at.site, link);
  await expect(save(at, "list", undefined, link)).rejects.toMatchObject({ code: "LINK_IN_PATH", path: link });
  const there = join(at.folder, "there");
  symlinkSync(at.folder, there);
  await expect(save(at, "list", undefined, `${there}/own`)).rejects.toMatchObject({ code: "BAD_REQUEST" });
  // A link above it is the administrator's own.
  expect((await save(at, "list", undefined, `${there}/site`)).puts).toBe(5);
});

test("a file or folder that is moved past the walk is no part of a snapshot that says to be whole; what arrives or is removed then does no harm", async () => {
  const during = async (change: (site: string) => void): Promise<Entry[]> => {
    const at = aSite();
    // What is there is older than the walk.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const onPut = (puts: number) => (puts === 2 ? change(at.site) : undefined);
    return (await save({ ...at, onPut }, "list")).entries;
  };
  // In the order of the walk: a, a-b, a.b, a0.
  const moved = (site: string) => renameSync(join(site, "a.b/z"), join(site, "a/z"));
  await expect(during(moved)).rejects.toMatchObject({ code: "SOURCE_CHANGED", path: expect.stringMatching(/a\/z$/) as string });
  const folder = (site: string) => renameSync(join(site, "a.b/c"), join(site, "a/c"));
  await expect(during(folder)).rejects.toMatchObject({ code: "SOURCE_CHANGED", path: expect.stringMatching(/a\/c$/) as string });
  const paths = (entries: Entry[]) => entries.map(({ path }) => path);
  const whole = paths(await during(() => undefined));
  expect(paths(await during((site) => writeFileSync(join(site, "a/new"), "")))).toEqual(whole);
  expect(paths(await during((site) => rmSync(join(site, "a"), { recursive: true })))).toEqual(whole);
});

test("a name that is not UTF-8 is refused by what it is", async () => {
  const at = aSite();
  writeFileSync(Buffer.concat([Buffer.from(`${at.site}/caf`), Buffer.from([0xe9])]), "");
  await expect(save(at, "list")).rejects.toMatchObject({
    code: "SOURCE_NAME",
    message: expect.stringContaining("not valid UTF-8: rename") as string,
  });
});

test.runIf(process.platform === "linux")("a file that the disk does not give is named, with why", async () => {
  const file = "/proc/self/mem"; // nothing is mapped at its beginning
  await expect(save(aSite(), "list", undefined, file)).rejects.toMatchObject({
    code: "DISK_FAILING",
    path: file,
    message: expect.stringMatching(/^\/proc\/self\/mem cannot be worked on: its disk reports an error/) as string,
  });
});
