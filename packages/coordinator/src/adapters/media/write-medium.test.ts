import { spawnSync } from "node:child_process";
import { lstatSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openMedium } from "@sitewright/node-kit/medium";
import { verifyMedium } from "@sitewright/node-kit/medium-verify";
import { requireWhole } from "@sitewright/node-kit/medium-whole";
import { decodeSigned, MEDIUM_LIMITS, SitewrightError } from "@sitewright/protocol";
import { isRoot } from "@sitewright/testkit/account";
import { noise } from "@sitewright/testkit/noise";
import type { Bench } from "../../../test-support/content-index-bench.ts";
import { openMediumBench, type MediumBench } from "../../../test-support/medium-bench.ts";
import { openManifestCopies } from "./manifest-copies.ts";
import { planMedium, takeManifests } from "./plan-medium.ts";

let own: MediumBench;
let bench: Bench;
let to: string;
let request: MediumBench["request"];
let write: MediumBench["write"];
let open: MediumBench["open"];
beforeEach(async () => {
  own = await openMediumBench();
  ({ bench, to, request, write, open } = own);
});
afterEach(() => own[Symbol.asyncDispose]());

test("what is written is read back: a medium that gives other bytes than it was given is refused, and nothing of it stays", async () => {
  const spoil = () => {
    const pack = join(to, "volume-1/sitewright/packs/000001");
    const bytes = readFileSync(pack);
    bytes[1000] = (bytes[1000] ?? 0) ^ 1;
    writeFileSync(pack, bytes);
  };
  await expect(write(await request(), spoil)).rejects.toMatchObject({ code: "MEDIUM_DAMAGED" });
  expect(readdirSync(to)).toEqual([]);
  const cut = () => truncateSync(join(to, "volume-1/HELP.TXT"), 1);
  await expect(write(await request(), cut)).rejects.toMatchObject({ code: "MEDIUM_DAMAGED" });
  expect(readdirSync(to)).toEqual([]);
});

test("a source that changed after it was indexed is refused, and nothing of the medium stays", async () => {
  const asked = await request();
  await bench.write("big.bin", noise(2_000_000, 2));
  await expect(write(asked)).rejects.toMatchObject({ code: "SOURCE_CHANGED" });
  expect(readdirSync(to)).toEqual([]);
});

test("a symbolic link that took the place of a source file is not followed", async () => {
  const asked = await request();
  rmSync(bench.at("big.bin"));
  symlinkSync(bench.at("sub/copy.bin"), bench.at("big.bin"));
  await expect(write(asked)).rejects.toMatchObject({ code: "SOURCE_CHANGED" });
});

test("a folder with a medium is refused before anything is written", async () => {
  await write(await request());
  const before = readdirSync(to, { recursive: true });
  await expect(write(await request())).rejects.toMatchObject({ code: "CONFLICT" });
  expect(readdirSync(to, { recursive: true })).toEqual(before);
});

test("of two media that are written into one folder at once one is refused, and the other is whole", async () => {
  const written = await Promise.allSettled([write(await request()), write(await request())]);
  const refused = written.filter(({ status }) => status === "rejected");
  expect(refused).toMatchObject([{ reason: { code: "CONFLICT", path: join(to, "volume-1") } }]);
  expect(verifyMedium(open())).toMatchObject({ volumes: [{ state: "whole" }], damaged: [] });
});

test("volumes too small for what each of them has are refused", async () => {
  await expect(write(await request({ volumeBytes: 100_000 }))).rejects.toMatchObject({ code: "BAD_REQUEST" });
});

test("a medium with more files than it may have is refused when it is planned", async () => {
  const texts = Object.fromEntries(Array.from({ length: MEDIUM_LIMITS.files + 1 }, (_, i) => [`T${i}.TXT`, ""]));
  const asked = await request({ texts });
  using copies = openManifestCopies(asked.dataDir);
  const taken = await takeManifests(asked, copies);
  expect(() => planMedium(taken, copies)).toThrow(expect.objectContaining({ code: "MEDIUM_INVALID" }));
});

test("a volume with many lists of content has room for them on a file system that gives each file whole blocks", async () => {
  await bench.write("more.bin", noise(6_000_000, 3));
  const asked = await request({ volumeBytes: 8_000_000 });
  const manifests = Array.from({ length: 100 }, () => asked.draft.manifests).flat();
  const { volumes } = await write({ ...asked, draft: { ...asked.draft, manifests } });
  expect(volumes).toBe(3);
  const block = 32 * 1024;
  for (let i = 1; i <= volumes; i++) {
    const blocks = filesBelow(join(to, `volume-${i}`)).map((path) => Math.ceil(lstatSync(path).size / block));
    expect(blocks.reduce((sum, own) => sum + own, 0) * block).toBeLessThanOrEqual(8_000_000);
  }
});

test("no file of a volume is too large for FAT32, and no volume larger than was asked for", async () => {
  await bench.write("more.bin", noise(6_000_000, 3));
  const { volumes } = await write(await request({ volumeBytes: 4_000_000 }));
  expect(volumes).toBe(3);
  const sizes = Array.from({ length: volumes }, (_, i) => filesBelow(join(to, `volume-${i + 1}`)).map((path) => lstatSync(path).size));
  for (const own of sizes) expect(own.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(4_000_000);
  expect(Math.max(...sizes.flat())).toBeLessThan(MEDIUM_LIMITS.file);
});

const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => join(folder, path))
    .filter((path) => lstatSync(path).isFile());

test("verifying finds any byte that was changed in any file of a volume, that of the parity included", async () => {
  await write(await request({ parity: true }));
  expect(verifyMedium(open())).toMatchObject({ volumes: [{ state: "whole" }], damaged: [] });
  for (const path of filesBelow(to).filter((one) => !one.endsWith("table"))) {
    const bytes = readFileSync(path);
    const changed = Buffer.from(bytes);
    changed[bytes.length - 1] = (changed[bytes.length - 1] ?? 0) ^ 0x80;
    writeFileSync(path, changed);
    const { damaged, volumes } = verifyMedium(open());
    const ofVolume = path.startsWith(join(to, "volume-1"));
    expect([damaged.map((one) => one.path), volumes[0]?.state]).toEqual([[path], ofVolume ? "damaged" : "whole"]);
    writeFileSync(path, bytes);
  }
});

test("what is computed from a damaged parity is said to be damaged, and the volume to be missing", async () => {
  await bench.write("more.bin", noise(3_000_000, 3));
  const { volumes } = await write(await request({ parity: true, volumeBytes: 4_000_000 }));
  expect(volumes).toBe(2);
  rmSync(join(to, "volume-2"), { recursive: true });
  expect(verifyMedium(open()).volumes[1]).toEqual({ number: 2, state: "computed" });
  const part = join(to, "parity/sitewright/parity/000001");
  writeFileSync(part, readFileSync(part).fill(1, 100, 101));
  const { volumes: states, units } = verifyMedium(open());
  expect([states[1], units[0]?.damaged]).toEqual([{ number: 2, state: "missing" }, true]);
});

test("a medium of nothing but empty units is verified too, to its texts", async () => {
  for (const path of ["big.bin", "sub/copy.bin", "sub/tool.sh", "link"]) rmSync(bench.at(path));
  await write(await request());
  expect(verifyMedium(open())).toMatchObject({ volumes: [{ state: "whole" }], damaged: [] });
  const text = join(to, "volume-1/HELP.TXT");
  writeFileSync(text, "Help");
  expect(verifyMedium(open())).toMatchObject({ volumes: [{ state: "damaged" }], damaged: [{ path: text }] });
});

test("files that a system leaves beside those that it copies to FAT are no part of a medium, and do no harm", async () => {
  await write(await request());
  writeFileSync(join(to, "volume-1/sitewright/packs/._000001"), "");
  writeFileSync(join(to, "volume-1/sitewright/packs/.DS_Store"), "");
  expect(verifyMedium(open())).toMatchObject({ volumes: [{ state: "whole" }], damaged: [] });
});

test("of a unit that goes in part, its first bytes are on the medium, and the rest is missing for the line to bring", async () => {
  const asked = await request();
  const table = await write({ ...asked, parts: new Map([[asked.draft.manifests[0]?.digest ?? "", 1_000_000]]) });
  expect(table.packs.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(1_000_100);
  const [unit] = verifyMedium(open()).units;
  expect([unit?.missing.volumes.size, (unit?.missing.elsewhere ?? 0) > 0]).toEqual([0, true]);
});

test("of two units that go in part, chunks that one leaves to the line are on the medium if the other brings them, once", async () => {
  rmSync(bench.at("sub"), { recursive: true });
  rmSync(bench.at("link"));
  await bench.write("tail.bin", noise(2_000_000, 6));
  const first = await request();
  await bench.write("a-head.bin", noise(2_000_000, 6));
  const second = await request();
  const manifests = [first, second].flatMap(({ draft }) => draft.manifests);
  const orders = [0, 1].map((manifest) => ({ system: "DPABC", manifest, graceMs: 0 }));
  const parts = new Map(manifests.map(({ digest }) => [digest, 2_000_000]));
  const table = await write({ ...second, draft: { ...second.draft, manifests, orders }, parts });
  expect(table.packs.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(4_000_200);
  // The first unit's head and the second one's: that is all that either has.
  expect(verifyMedium(open()).units.map(({ missing }) => missing)).toEqual([
    { volumes: new Map(), elsewhere: 0, chunks: expect.any(Number) },
    { volumes: new Map(), elsewhere: 0, chunks: expect.any(Number) },
  ]);
});

test("a medium that does not fit on its disk is refused before anything is written, with how much it takes", async () => {
  const from = join(to, "program");
  writeFileSync(from, "");
  truncateSync(from, 8 * 1024 ** 4); // a hole: on the medium it takes all of that
  await expect(write(await request({ programs: [{ path: "tools/program", from }] }))).rejects.toMatchObject({
    code: "DISK_FULL",
    message: expect.stringMatching(/ free, and the medium takes 8\.8 TB: name a larger one, or less/) as string,
  });
  expect(readdirSync(to)).toEqual(["program"]);
});

test.runIf(isRoot)("of a medium that cannot be tidied either after a failure, the failure is reported", async () => {
  const lists = join(to, "volume-1/sitewright/manifests");
  const spoil = () => {
    truncateSync(join(to, "volume-1/HELP.TXT"), 1);
    spawnSync("mount", ["-t", "tmpfs", "tmpfs", lists]);
  };
  try {
    await expect(write(await request(), spoil)).rejects.toMatchObject({
      code: "IO_ERROR",
      message: expect.stringMatching(/manifests\/000001 cannot be read back: it does not exist/) as string,
    });
    expect(readdirSync(to)).toEqual(["volume-1"]);
  } finally {
    spawnSync("umount", [lists]);
  }
});

test("a volume that was pulled out while it was verified is not called damaged", async () => {
  await write(await request());
  const medium = open();
  rmSync(join(to, "volume-1/HELP.TXT"));
  expect(() => requireWhole(verifyMedium(medium))).toThrow(expect.objectContaining({ code: "MEDIUM_DAMAGED" }));
  rmSync(join(to, "volume-1"), { recursive: true });
  expect(() => verifyMedium(medium)).toThrow(/volume-1 went away while it was read: put the medium in again/);
});

test("a volume whose name its file system shows in upper case is one, and no medium is written beside it", async () => {
  const table = await write(await request());
  renameSync(join(to, "volume-1"), join(to, "VOLUME-1"));
  expect(open().table.medium).toBe(table.medium);
  await expect(write(await request())).rejects.toMatchObject({ code: "CONFLICT", path: join(to, "VOLUME-1") });
});

test("a folder of volumes to which a link leads, such as a mount point by its other name, is read", async () => {
  const { medium } = await write(await request());
  symlinkSync(to, join(to, "link"));
  expect(openMedium([join(to, "link")], () => undefined).table.medium).toBe(medium);
});

test("a volume whose table was cut off, emptied or changed is named, and is not called one of another medium", async () => {
  await bench.write("more.bin", noise(3_000_000, 3));
  await write(await request({ volumeBytes: 4_000_000 }));
  const [whole, path] = [1, 2].map((number) => join(to, `volume-${number}/sitewright/table`)) as [string, string];
  const table = readFileSync(whole);
  const { body: right } = decodeSigned(table, table.length);
  const opened = () =>
    openMedium([to], ({ body }) => {
      if (Buffer.compare(body, right) !== 0) throw new SitewrightError("MEDIUM_UNTRUSTED", "the table was not signed");
    });
  const inside = table.indexOf("0123456789abcdef");
  for (const bytes of [table.subarray(0, 100), Buffer.alloc(0), Buffer.from(table).fill("x", inside, inside + 10)]) {
    for (const damaged of [path, whole]) {
      writeFileSync(damaged, bytes);
      expect(opened).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^MEDIUM_(INVALID|UNTRUSTED)$/) as string, path: damaged }),
      );
      expect(opened).toThrow(/copy it from another volume/);
      writeFileSync(damaged, table);
    }
  }
  expect(opened().table.volumes).toBe(2);
});
