import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { checkSeeds } from "./role-roots.ts";

const base = realpathSync(mkdtempSync(join(tmpdir(), "sitewright-seeds-")));
afterAll(() => rmSync(base, { recursive: true, force: true }));
for (const folder of ["dp/inner", "data", "old/drive"]) mkdirSync(join(base, folder), { recursive: true });
symlinkSync(join(base, "old"), join(base, "link"));
writeFileSync(join(base, "file"), "");
const check = (...paths: string[]) =>
  checkSeeds(
    paths.map((path) => join(base, path)),
    [{ role: "dp", path: join(base, "dp") }],
    join(base, "data"),
  );

test("Any existing folder may be a seed, once however often it is named, and also inside another", async () => {
  expect(await check("old", "old/", "old/drive")).toEqual([join(base, "old"), join(base, "old/drive")]);
  expect(await check()).toEqual([]);
});

test.each([
  ["gone", "does not exist"],
  ["file", "not a folder"],
  ["link", "symbolic link"],
  ["dp", "lie inside one another"],
  ["dp/inner", "lie inside one another"],
  ["data", "lie inside one another"],
  ["", "lie inside one another"],
])("The folder %j is refused as a seed: %s", async (path, why) => {
  await expect(check(path)).rejects.toMatchObject({ code: "BAD_REQUEST", message: expect.stringContaining(why) as unknown });
});
