import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { OFFICE, openBench, type Bench } from "../../../test-support/content-index-bench.ts";
import { openIndexDatabase, prepareIndexDatabase } from "./tables/index-database.ts";

let bench: Bench;
beforeEach(async () => void (bench = await openBench()));
afterEach(async () => {
  await bench[Symbol.asyncDispose]();
});

const VERSIONED = { ...OFFICE, sourceVersion: 4 };
const file = (): string => join(bench.dataDir, "index.db");
const aside = (): string[] => readdirSync(bench.dataDir).filter((name) => /^index\.db\.broken-\d+$/.test(name));

/** Closes the index, damages its file, and opens it again. */
async function spoiled(spoil: () => void): Promise<void> {
  await bench.index.close();
  spoil();
  bench = await bench.reopen();
}

test("an index that is not a database is set aside and made again, and its manifest is the same", async () => {
  await bench.write("a.txt", "alpha");
  const before = await bench.run();
  await spoiled(() => writeFileSync(file(), "this is not a database ".repeat(1000)));
  expect(await bench.run()).toEqual(before);
  expect(bench.filesRead()).toBe(1);
  expect(aside()).toHaveLength(1);
});

test("a damaged page of an index is detected at the start, and the known versions are saved", async () => {
  for (let i = 0; i < 300; i++) await bench.write(`${i}.txt`, `file ${i}`);
  await bench.run(VERSIONED);
  await spoiled(() => {
    const bytes = readFileSync(file());
    const page = 4096;
    // The versions have a page of their own; the files fill most of the others.
    const hit = Array.from({ length: bytes.length / page }, (_, i) => i).filter((i) =>
      bytes.subarray(i * page, (i + 1) * page).includes("/source/12"),
    );
    for (const i of hit.slice(0, 2)) bytes.fill(0x5a, i * page, i * page + 64);
    writeFileSync(file(), bytes);
  });
  expect(aside()).toHaveLength(1);
  await bench.write("new.txt", "new");
  expect(await bench.fault(VERSIONED)).toMatchObject({ code: "CONTENT_CHANGED_WITHOUT_VERSION" });
});

test("a fault that a new file does not mend is named with its remedy, and nothing is moved", async () => {
  await bench.index.close();
  for (const end of ["", "-wal", "-shm"]) rmSync(`${file()}${end}`, { force: true });
  mkdirSync(file());
  expect(() => prepareIndexDatabase(bench.dataDir, () => undefined)).toThrow(
    expect.objectContaining({ code: "DATA_FILE_UNUSABLE", path: file() }),
  );
  expect(statSync(file()).isDirectory()).toBe(true);
  rmSync(file(), { recursive: true });
  bench = await bench.reopen();
});

test("a manifest that cannot be stored is reported as a fault of the data folder", async () => {
  await bench.write("a.txt", "alpha");
  rmSync(join(bench.dataDir, "manifests"), { recursive: true, force: true });
  writeFileSync(join(bench.dataDir, "manifests"), "in the way");
  expect(await bench.fault()).toMatchObject({ code: "DATA_FILE_UNUSABLE" });
});

test("files with times before 1678 and after 2262 are stored and found again", async () => {
  await bench.write("a.txt", "alpha");
  const stats = statSync(bench.at("a.txt"), { bigint: true });
  const database = openIndexDatabase(bench.dataDir);
  const hashed = { digests: new Uint8Array(32), sizes: Uint32Array.of(5), packedBytes: 5, compressible: true };
  for (const year of [-292_000, 1500, 1969, 2300, 292_000]) {
    const mtimeNs = BigInt(year - 1970) * 31_556_952n * 1_000_000_000n;
    const then = Object.assign(Object.create(stats), { mtimeNs, ctimeNs: mtimeNs }) as typeof stats;
    database.saveFiles([{ source: `packages/${year}`, stats: then, hashed, settled: true }]);
    expect(database.file(`packages/${year}`, then)).toEqual(hashed);
    expect(database.file(`packages/${year}`, stats)).toBeUndefined();
  }
  database.close();
});
