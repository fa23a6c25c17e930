import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { generateKeyPairSync, sign } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openMedium } from "@sitewright/node-kit/medium";
import { verifyMedium } from "@sitewright/node-kit/medium-verify";
import { MEDIUM_LIMITS } from "@sitewright/protocol";
import { noise } from "@sitewright/testkit/noise";
import { OFFICE, openBench, type Bench } from "../../../test-support/content-index-bench.ts";
import { extractUnits } from "./extract-units.ts";
import { openManifestCopies } from "./manifest-copies.ts";
import { planMedium, takeManifests, type MediumRequest } from "./plan-medium.ts";
import { writeMedium } from "./write-medium.ts";

let bench: Bench;
let to: string;
const { privateKey } = generateKeyPairSync("ed25519");

beforeEach(async () => {
  bench = await openBench();
  to = mkdtempSync(join(tmpdir(), "sitewright-medium-test-"));
  await bench.write("big.bin", noise(2_000_000, 1));
  await bench.write("sub/copy.bin", noise(2_000_000, 1));
  await bench.write("sub/tool.sh", "#!/bin/sh\n", 0o755);
  symlinkSync("sub/tool.sh", bench.at("link"));
});
afterEach(async () => {
  rmSync(to, { recursive: true, force: true });
  await bench[Symbol.asyncDispose]();
});

async function request(more: Partial<MediumRequest> = {}): Promise<MediumRequest> {
  const { manifest, manifestBytes, files, sourceBytes, sourceVersion } = await bench.run();
  const facts = { unit: OFFICE.unit, digest: manifest, bytes: manifestBytes, files, sourceBytes, sourceVersion };
  return {
    draft: {
      coordinator: "c",
      medium: "0123456789abcdef",
      madeAt: 1,
      generation: { epoch: 1, counter: 1 },
      orders: [{ system: "DPABC", manifest: 0, graceMs: 0 }],
      manifests: [{ ...facts, root: bench.siteData, owned: OFFICE.owned }],
      keys: [],
      acceptOlder: false,
    },
    dataDir: bench.dataDir,
    held: [],
    texts: { "HELP.TXT": "help" },
    programs: [],
    parity: false,
    ...more,
  };
}

const quiet = () => undefined;
const byName = (a: string, b: string) => (a < b ? -1 : 1);
const write = async (asked: MediumRequest, tell: (line: string) => void = quiet) =>
  writeMedium(asked, { to, sign: (bytes) => sign(null, bytes, privateKey), tell });
const open = () => openMedium([to], quiet);

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

test("a unit whose list of content is longer than what is read of it at once is on a medium as any other", async () => {
  const long = "n".repeat(240);
  await Promise.all(Array.from({ length: 5_000 }, (_, i) => bench.write(`many/${i}-${long}`, `${i}`)));
  const asked = await request();
  expect(asked.draft.manifests[0]?.bytes).toBeGreaterThan(1024 * 1024);
  await write(asked);
  const [unit] = extractUnits(open(), join(to, "back"), []);
  expect(unit?.files).toBe(5_003);
  expect(readFileSync(join(to, "back", OFFICE.owned[0]?.path ?? "", "many", `4999-${long}`), "utf8")).toBe("4999");
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

test("the content of a unit is taken from a medium as it was in its source, with times, permissions and links", async () => {
  await write(await request());
  const back = join(to, "back");
  expect(extractUnits(open(), back, ["ABC00001"])).toEqual([{ unit: OFFICE.unit, files: 3, bytes: expect.any(Number) }]);
  for (const path of ["big.bin", "sub/copy.bin", "sub/tool.sh"]) {
    const [was, is] = [bench.at(path), join(back, "ABC00001", path)];
    expect(readFileSync(is)).toEqual(readFileSync(was));
    expect([lstatSync(is).mode & 0o777, Math.floor(lstatSync(is).mtimeMs)]).toEqual([
      lstatSync(was).mode & 0o777,
      Math.floor(lstatSync(was).mtimeMs),
    ]);
  }
  expect(readlinkSync(join(back, "ABC00001/link"))).toBe("sub/tool.sh");
  expect(() => extractUnits(open(), back, [])).toThrow(/is there already: nothing is replaced/);
  expect(() => extractUnits(open(), back, ["ABC00009"])).toThrow(/has no ABC00009/);
});

test("what a kill left between two names of a unit is moved to its place by the next call, before anything else", async () => {
  await write(await request());
  const [back, whole] = [join(to, "back"), join(to, "back/.sitewright-medium.whole")];
  mkdirSync(join(whole, "second/sub"), { recursive: true });
  mkdirSync(join(back, "first"));
  writeFileSync(join(whole, "second/sub/file"), "of the unit before");
  extractUnits(open(), back, []);
  expect([readdirSync(back).toSorted(byName), readFileSync(join(back, "second/sub/file"), "utf8")]).toEqual([
    ["ABC00001", "first", "second"],
    "of the unit before",
  ]);
});

test("what another process takes from a medium into the same folder is left alone, and what a killed one left is removed", async () => {
  await write(await request());
  const back = join(to, "back");
  const [running, killed] = [process.ppid, 999_999_999].map((pid) => `.sitewright-medium.${pid}`) as [string, string];
  for (const name of [running, killed]) mkdirSync(join(back, name), { recursive: true });
  extractUnits(open(), back, []);
  expect(readdirSync(back).toSorted(byName)).toEqual([running, "ABC00001"]);
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

test("a damaged chunk lets nothing of its unit appear", async () => {
  await write(await request());
  const pack = join(to, "volume-1/sitewright/packs/000001");
  const bytes = readFileSync(pack);
  bytes[bytes.length - 100] = (bytes[bytes.length - 100] ?? 0) ^ 1;
  writeFileSync(pack, bytes);
  const back = join(to, "back");
  expect(() => extractUnits(open(), back, [])).toThrow(/other bytes on the medium/);
  expect(existsSync(join(back, "ABC00001"))).toBe(false);
});
