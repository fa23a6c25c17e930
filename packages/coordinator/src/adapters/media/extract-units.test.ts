import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { OFFICE, type Bench } from "../../../test-support/content-index-bench.ts";
import { openMediumBench, type MediumBench } from "../../../test-support/medium-bench.ts";
import { extractUnits, type ExtractedUnit } from "./extract-units.ts";

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

const byName = (a: string, b: string) => (a < b ? -1 : 1);

function extract(back: string, ...packages: string[]): ExtractedUnit[] {
  const units: ExtractedUnit[] = [];
  extractUnits(open(), back, packages, (unit) => units.push(unit));
  return units;
}

test("a unit whose list of content is longer than what is read of it at once is on a medium as any other", async () => {
  const long = "n".repeat(240);
  await Promise.all(Array.from({ length: 5_000 }, (_, i) => bench.write(`many/${i}-${long}`, `${i}`)));
  const asked = await request();
  expect(asked.draft.manifests[0]?.bytes).toBeGreaterThan(1024 * 1024);
  await write(asked);
  const [unit] = extract(join(to, "back"));
  expect(unit?.files).toBe(5_003);
  expect(readFileSync(join(to, "back", OFFICE.owned[0]?.path ?? "", "many", `4999-${long}`), "utf8")).toBe("4999");
});

test("the content of a unit is taken from a medium as it was in its source, with times, permissions and links", async () => {
  await write(await request());
  const back = join(to, "back");
  expect(extract(back, "ABC00001")).toEqual([{ unit: OFFICE.unit, files: 3, bytes: expect.any(Number) }]);
  for (const path of ["big.bin", "sub/copy.bin", "sub/tool.sh"]) {
    const [was, is] = [bench.at(path), join(back, "ABC00001", path)];
    expect(readFileSync(is)).toEqual(readFileSync(was));
    expect([lstatSync(is).mode & 0o777, Math.floor(lstatSync(is).mtimeMs)]).toEqual([
      lstatSync(was).mode & 0o777,
      Math.floor(lstatSync(was).mtimeMs),
    ]);
  }
  expect(readlinkSync(join(back, "ABC00001/link"))).toBe("sub/tool.sh");
  expect(() => extract(back)).toThrow(/is there already: nothing is replaced/);
  expect(() => extract(back, "ABC00009")).toThrow(/has no ABC00009/);
});

test("what a kill left between two names of a unit is moved to its place by the next call, before anything else", async () => {
  await write(await request());
  const [back, whole] = [join(to, "back"), join(to, "back/.sitewright-medium.whole")];
  mkdirSync(join(whole, "second/sub"), { recursive: true });
  mkdirSync(join(back, "first"));
  writeFileSync(join(whole, "second/sub/file"), "of the unit before");
  extract(back);
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
  extract(back);
  expect(readdirSync(back).toSorted(byName)).toEqual([running, "ABC00001"]);
});

test("a damaged chunk lets nothing of its unit appear", async () => {
  await write(await request());
  const pack = join(to, "volume-1/sitewright/packs/000001");
  const bytes = readFileSync(pack);
  bytes[bytes.length - 100] = (bytes[bytes.length - 100] ?? 0) ^ 1;
  writeFileSync(pack, bytes);
  const back = join(to, "back");
  expect(() => extract(back)).toThrow(/other bytes on the medium/);
  expect(existsSync(join(back, "ABC00001"))).toBe(false);
});

test("units that do not fit on the disk are refused before anything of them is written", async () => {
  const { draft, ...rest } = await request();
  const manifests = draft.manifests.map((manifest) => ({ ...manifest, sourceBytes: 2 ** 50 }));
  await write({ ...rest, draft: { ...draft, manifests } });
  const back = join(to, "back");
  expect(() => extract(back)).toThrow(expect.objectContaining({ code: "DISK_FULL", path: back }));
  expect(existsSync(back)).toBe(false);
});

test("a unit that is there already is refused before anything of it is written, and those before it are told of", async () => {
  await write(await request());
  const back = join(to, "back");
  mkdirSync(join(back, "ABC00001"), { recursive: true });
  // What would be found while it is written.
  writeFileSync(join(to, "volume-1/sitewright/packs/000001"), readFileSync(join(to, "volume-1/sitewright/packs/000001")).fill(0, 100));
  expect(() => extract(back)).toThrow(/ABC00001 is there already: nothing is replaced/);
  expect(readdirSync(back)).toEqual(["ABC00001"]);
});
