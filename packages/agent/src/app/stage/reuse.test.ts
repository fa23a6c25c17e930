import { appendFileSync, mkdtempSync, readdirSync, realpathSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import type { OwnedPath, Unit } from "@sitewright/protocol";
import { noise } from "@sitewright/testkit/noise";
import { openFixture, PACKAGE, PACKAGE_FOLDER, release } from "../../../test-support/disk-fixture.ts";

const OTHER: Unit = { role: "dp", name: "ABC00002" };
const OTHER_FOLDER: OwnedPath[] = [{ path: "ABC00002", kind: "folder", rights: "clients-read" }];
const BIG = noise(600_000, 5);
/** Twice the largest chunk of a file of this size: an edit makes one or two chunks new. */
const TWO_CHUNKS = 128 * 1024;

test("What another package holds is copied from it, whole files and parts of files", async () => {
  await using site = await openFixture();
  await site.stage(release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/big": BIG, "ABC00001/small": "small" }), 1);
  await site.activate(PACKAGE, 1);
  const edited = Buffer.concat([BIG.subarray(0, 300_000), Buffer.from("inserted"), BIG.subarray(300_000)]);
  const made = release(OTHER, OTHER_FOLDER, { "ABC00002/whole": BIG, "ABC00002/edited": edited, "ABC00002/x/small": "small" });
  const outcome = await site.stage(made, 1);
  expect(outcome).toMatchObject({ kind: "staged", files: 3 });
  expect((outcome as { fetchedBytes: number }).fetchedBytes).toBeLessThan(TWO_CHUNKS);
  await site.activate(OTHER, 1);
  expect(await site.verify(made, true)).toMatchObject({ right: true });
});

test("Content of an earlier generation is available as long as that is kept", async () => {
  await using site = await openFixture();
  const made = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "alpha", "ABC00001/big": BIG });
  await site.stage(made, 1);
  await site.activate(PACKAGE, 1);
  await site.stage(release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/b": "beta" }), 2);
  await site.activate(PACKAGE, 2);
  const back = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/moved/a": "alpha", "ABC00001/moved/big": BIG });
  expect(await site.stage(back, 3)).toMatchObject({ kind: "staged", fetchedBytes: 0, reusedBytes: 600_005 });
  await site.activate(PACKAGE, 3);
  expect(await site.verify(back, true)).toMatchObject({ right: true });
});

test("A live file with inserted bytes provides all its other chunks, also if it was never read before", async () => {
  await using site = await openFixture();
  site.write("dp", { "ABC00001/big": Buffer.concat([BIG.subarray(0, 100_000), Buffer.from("by hand"), BIG.subarray(100_000)]) });
  const made = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/big": BIG });
  const outcome = await site.stage(made, 1);
  expect((outcome as { fetchedBytes: number }).fetchedBytes).toBeLessThan(TWO_CHUNKS);
  await site.activate(PACKAGE, 1);
  expect(await site.verify(made, true)).toMatchObject({ right: true });
});

test("A seed provides its content; what changed or vanished since is fetched, and the seed is not modified", async () => {
  const seed = realpathSync(mkdtempSync(join(tmpdir(), "sitewright-seed-")));
  try {
    writeFileSync(join(seed, "old.bin"), BIG, { mode: 0o400 });
    writeFileSync(join(seed, "gone"), "vanishes");
    writeFileSync(join(seed, "changed"), "was this once");
    await using site = await openFixture({}, [seed]);
    await expect.poll(() => site.logged.map((line) => line.message)).toContain(`the seed ${seed} is indexed`);
    rmSync(join(seed, "gone"));
    writeFileSync(join(seed, "changed"), "is other now!");
    const made = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/big": BIG, "ABC00001/g": "vanishes", "ABC00001/c": "was this once" });
    expect(await site.stage(made, 1)).toMatchObject({ kind: "staged", fetchedBytes: 21, reusedBytes: 600_000 });
    await site.activate(PACKAGE, 1);
    expect(await site.verify(made, true)).toMatchObject({ right: true });
  } finally {
    rmSync(seed, { recursive: true, force: true });
  }
});

test("A source whose bytes changed although its times did not is not used", async () => {
  await using site = await openFixture();
  await site.stage(release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/big": BIG }), 1);
  await site.activate(PACKAGE, 1);
  const path = site.path("dp", "ABC00001/big");
  const spoiled = Buffer.from(BIG);
  spoiled.fill(0, 200_000, 200_100);
  writeFileSync(path, spoiled);
  utimesSync(path, 1_000_000_000.123, 1_000_000_000.123);
  const made = release(OTHER, OTHER_FOLDER, { "ABC00002/copy": BIG });
  expect(await site.stage(made, 1)).toMatchObject({ kind: "staged" });
  await site.activate(OTHER, 1);
  expect(await site.verify(made, true)).toMatchObject({ right: true });
});

test("Two units staged at the same time fetch once what both need", async () => {
  await using site = await openFixture();
  const first = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": noise(50_000, 1), "ABC00001/big": BIG });
  const second = release(OTHER, OTHER_FOLDER, { "ABC00002/b": noise(50_000, 2), "ABC00002/x/big": BIG });
  const outcomes = await Promise.all([site.stage(first, 1), site.stage(second, 1)]);
  expect(outcomes).toMatchObject([{ kind: "staged" }, { kind: "staged" }]);
  const fetched = outcomes.map((outcome) => (outcome as { fetchedBytes: number }).fetchedBytes);
  expect(fetched[0]! + fetched[1]!).toBe(700_000);
  await Promise.all([site.activate(PACKAGE, 1), site.activate(OTHER, 1)]);
  expect(await site.verify(first, true)).toMatchObject({ right: true });
  expect(await site.verify(second, true)).toMatchObject({ right: true });
});

test("When the unit that fetches fails, the waiting one fetches by itself", async () => {
  await using site = await openFixture();
  const first = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/big": BIG });
  const second = release(OTHER, OTHER_FOLDER, { "ABC00002/big": BIG });
  const stop = new AbortController();
  let frames = 0;
  site.content.onFrame = (frame) => {
    if (++frames === 5) stop.abort();
    return frame;
  };
  const [gone, there] = await Promise.all([site.stage(first, 1, { signal: stop.signal }), site.stage(second, 1)]);
  expect(gone).toMatchObject({ kind: "failed" });
  expect(there).toMatchObject({ kind: "staged" });
  await site.activate(OTHER, 1);
  expect(await site.verify(second, true)).toMatchObject({ right: true });
});

/** More entries than are planned at once; a third of the files are the same as others, far away. */
function manyFiles(): Record<string, string> {
  return Object.fromEntries(Array.from({ length: 4500 }, (_, i) => [`ABC00001/${i % 30}/f${i}`, `content ${i % 3000}`]));
}

test("A unit of more entries than are planned at once is built completely, and no chunk of it is fetched twice", async () => {
  await using site = await openFixture();
  const made = release(PACKAGE, PACKAGE_FOLDER, manyFiles());
  expect(await site.stage(made, 1)).toMatchObject({ kind: "staged", files: 4500 });
  expect(site.content.asked.length).toBe(3000);
  await site.activate(PACKAGE, 1);
  expect(await site.verify(made, true)).toMatchObject({ right: true });
  renameSync(site.path("dp", "ABC00001/7/f7"), site.path("dp", "ABC00001/7/moved"));
  appendFileSync(site.path("dp", "ABC00001/8/f8"), "!");
  expect(await site.stage(made, 2)).toMatchObject({ kind: "staged", fetchedBytes: 0 });
});

test("An interrupted stage of many entries continues with what it has", async () => {
  await using site = await openFixture();
  const made = release(PACKAGE, PACKAGE_FOLDER, manyFiles());
  const stop = new AbortController();
  const written = () => readdirSync(join(site.roots.dp, ".sitewright/staging"), { recursive: true }).length;
  site.content.onFrame = async (frame) => {
    if (frame.ordinal <= 2000) return frame;
    await vi.waitFor(() => expect(written()).toBeGreaterThan(500), 20_000);
    stop.abort();
    return frame;
  };
  expect(await site.stage(made, 1, { signal: stop.signal })).toMatchObject({ kind: "failed" });
  site.content.onFrame = (frame) => frame;
  await site.reopen();
  site.content.asked.length = 0;
  expect(await site.stage(made, 1)).toMatchObject({ kind: "staged", files: 4500 });
  expect(site.content.asked.length).toBeLessThan(3000);
  await site.activate(PACKAGE, 1);
  expect(await site.verify(made, true)).toMatchObject({ right: true });
});
