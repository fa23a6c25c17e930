import { execFileSync } from "node:child_process";
import { appendFileSync, ftruncateSync, closeSync, mkdirSync, openSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { hashBytes } from "@sitewright/node-kit/hash";
import { decodeManifest, type FileEntry, type ManifestEntry, type SitewrightError } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import type { UnitSource } from "../../domain/sites/hierarchy.ts";
import { OFFICE, openBench, type Bench } from "../../../test-support/content-index-bench.ts";

const SOURCE = "packages/ABC00001/source";

async function entriesOf(bench: Bench, unit?: UnitSource): Promise<ManifestEntry[]> {
  return decodeManifest(await bench.manifest((await bench.run(unit)).manifest)).entries;
}

/** A sparse file of zeros, with some bytes at its end. */
function writeSparse(path: string, size: number, end: string): void {
  const file = openSync(path, "w");
  ftruncateSync(file, size);
  writeSync(file, end, size - end.length);
  closeSync(file);
}

test("names of 255 bytes are accepted, in any script", async () => {
  await using bench = await openBench();
  const names = ["n".repeat(255), "ü".repeat(127), "漢".repeat(85), "𝔘".repeat(63)];
  for (const name of names) await bench.write(name, "x");
  const entries = await entriesOf(bench);
  expect(entries.map(({ path }) => path.slice("ABC00001/".length)).toSorted()).toEqual(names.toSorted());
});

test("names that are the same after Unicode normalisation are reported", async () => {
  await using bench = await openBench();
  await bench.write("caf\u00e9", "x");
  await bench.write("cafe\u0301", "x");
  const error = await bench.fault();
  expect(error.code).toBe("SOURCE_NAME");
  expect(error.message).toContain("it is one name with cafe\u0301 where case and accents are not distinguished");
});

test("names that NTFS treats as one in another alphabet are reported, those that it keeps apart are accepted", async () => {
  await using bench = await openBench();
  for (const name of ["Ma\u00dfe", "Masse", "s\u0131n\u0131r", "sinir"]) await bench.write(name, "x");
  expect(await entriesOf(bench)).toHaveLength(4);
  for (const name of ["\u03bf\u03b4\u03bf\u03c2", "\u03bf\u03b4\u03bf\u03c3"]) await bench.write(name, "x");
  expect((await bench.fault()).code).toBe("SOURCE_NAME");
});

test("a name with the Unicode replacement character is a name like any other", async () => {
  await using bench = await openBench();
  await bench.write("odd\ufffdname", "x");
  await bench.write("even", "x");
  expect((await entriesOf(bench)).map(({ path }) => path)).toEqual(["ABC00001/even", "ABC00001/odd\ufffdname"]);
});

test("folders may nest as deep as the path limit permits, and longer paths are reported", async () => {
  await using bench = await openBench();
  const deep = Array.from({ length: 700 }, (_, i) => `d${i % 10}`).join("/");
  await bench.write(`${deep}/file`, "x");
  expect((await entriesOf(bench)).length).toBe(701);
  // Step by step, because no single call accepts a path this long.
  const home = process.cwd();
  process.chdir(bench.at(deep));
  try {
    for (let i = 0; i < 10; i++) {
      mkdirSync("e".repeat(250));
      process.chdir("e".repeat(250));
    }
  } finally {
    process.chdir(home);
  }
  const error = await bench.fault();
  execFileSync("rm", ["-rf", bench.at("d0")]); // unlike Node's own call, it accepts paths that are too long for one call
  // Which limit is reached first depends on where the site data lie.
  expect(["SOURCE_NAME", "SOURCE_UNREADABLE"]).toContain(error.code);
  expect(error.path).toContain("e".repeat(250));
});

test("siblings are sorted by their UTF-16 code units, with what a folder holds directly after it", async () => {
  await using bench = await openBench();
  const names = ["a/z", "a b", "a-b/x", "a.txt", "\uffee", "𐀀", "B", "c"];
  for (const name of names) await bench.write(name, "x");
  const paths = (await entriesOf(bench)).map(({ path }) => path.slice("ABC00001/".length));
  expect(paths).toEqual(["B", "a", "a/z", "a b", "a-b", "a-b/x", "a.txt", "c", "𐀀", "\uffee"]);
});

test("owned paths in any order give one manifest in canonical order", async () => {
  await using bench = await openBench();
  for (const name of ["pkginfo.box/x/y", "offerinf.box/o", "clifiles.box/c"]) await bench.write(name, "");
  const owned = ["pkginfo.box", "offerinf.box", "clifiles.box"].map((box) => ({
    path: `CAP_ABC/${box}`,
    kind: "folder" as const,
    rights: "clients-read" as const,
    source: `${SOURCE}/${box}`,
  }));
  const paths = (await entriesOf(bench, { ...OFFICE, unit: { role: "cap", name: "CAP_ABC" }, owned })).map(({ path }) => path);
  expect(paths).toEqual(["clifiles.box/c", "offerinf.box/o", "pkginfo.box/x", "pkginfo.box/x/y"].map((path) => `CAP_ABC/${path}`));
});

test("a file with more chunks than a manifest can hold is reported before a byte of it is read", async () => {
  await using bench = await openBench();
  await bench.write("fine", "x");
  writeSparse(bench.at("endless.img"), 700 * 2 ** 30, "end");
  const started = performance.now();
  const error = await bench.fault();
  expect(error).toMatchObject({ code: "SOURCE_TOO_LARGE", path: `${SOURCE}/endless.img`, retryable: false });
  expect(error.message).toContain("split it, or take it out");
  expect(performance.now() - started).toBeLessThan(10_000);
});

test("while a file grows and shrinks there is no manifest, or one of an actual state", async () => {
  await using bench = await openBench();
  const path = bench.at("moving.bin");
  const base = noise(3_000_000, 9);
  writeFileSync(path, base);
  let steps = 0;
  const writer = setInterval(() => (steps++ % 2 ? truncateSync(path, base.length) : appendFileSync(path, "x".repeat(1000))), 2);
  const results: PromiseSettledResult<ManifestEntry[]>[] = [];
  try {
    for (let i = 0; i < 4; i++) results.push(...(await Promise.allSettled([entriesOf(bench)])));
  } finally {
    clearInterval(writer);
  }
  const states = [base, Buffer.concat([base, Buffer.from("x".repeat(1000))])];
  const words = results.map((result) =>
    result.status === "rejected"
      ? (result.reason as SitewrightError).code
      : states.some((state) => isOf(result.value[0] as FileEntry, state))
        ? "a state it had"
        : "a lie",
  );
  expect(words).toHaveLength(4);
  expect(words.filter((word) => word !== "SOURCE_UNSTABLE" && word !== "a state it had")).toEqual([]);
});

function isOf({ size, chunks }: FileEntry, bytes: Uint8Array): boolean {
  let at = 0;
  return size === bytes.length && chunks.every((chunk) => hashBytes(bytes.subarray(at, (at += chunk.size))).toHex() === chunk.digest);
}
