import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { readTree } from "../../../../test-support/disk-fixture.ts";
import { twoRenames } from "./portable.ts";

test("Two renames of which the second is refused leave the live folder under its name", () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "live"));
  writeFileSync(join(folder, "live/a"), "old");
  expect(() => twoRenames.swap(join(folder, "live"), join(folder, "missing"), join(folder, "aside"))).toThrow("ENOENT");
  expect(readTree(folder)).toEqual({ "live/a": "old" });
});
