import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../test-support/temporary-folder.ts";
import { openFixture, readTree } from "../../../test-support/disk-fixture.ts";
import { twoRenames } from "./exchange.ts";

test("Two renames of which the second is refused leave the live folder under its name", () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "live"));
  writeFileSync(join(folder, "live/a"), "old");
  expect(() => twoRenames.swap(join(folder, "live"), join(folder, "missing"), join(folder, "aside"))).toThrow("ENOENT");
  expect(readTree(folder)).toEqual({ "live/a": "old" });
});

test("Where names cannot be exchanged in one step, the agent says so by name for each role root when it starts", async () => {
  await using site = await openFixture();
  const warned = () =>
    site.logged.flatMap(({ level, message }) => (/cannot be exchanged in one step/.test(message) ? [`${level} ${message}`] : []));
  expect(warned()).toEqual([]);
  await site.reopen({ exchange: twoRenames });
  const named = Object.values(site.roots).map(
    (root) => expect.stringMatching(new RegExp(`^warn .* below ${root}: .*missing for a moment`)) as unknown,
  );
  expect(warned()).toEqual(named);
});
