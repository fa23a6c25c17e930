import { openSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { IN_USE } from "../../../app/ports/disk.ts";
import { openFixture, PACKAGE, PACKAGE_FOLDER, release, sharedPool } from "../../../../test-support/disk-fixture.ts";
import type { DiskPool } from "../disk-pool.ts";
import { patiently } from "../patiently.ts";
import { withinReach } from "./disk-hash.ts";

const MADE = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "alpha", "ABC00001/b": "beta", "ABC00001/c": "gamma" });

function busy(): never {
  throw Object.assign(new Error("EBUSY: resource busy or locked, open"), { code: "EBUSY" });
}

test("A file that another program has open for itself alone is waited for, and counts as in use if that does not end", () => {
  const folder = temporaryFolder();
  let opened = 0;
  const open = () => (++opened < 3 ? busy() : openSync(join(folder, "."), "r"));
  expect(withinReach(open, () => "read")).toBe("read");
  expect(withinReach(busy, () => "read")).toBe(IN_USE);
});

test("Work that meets something in use is done again, and any other failure is final", () => {
  let tries = 0;
  expect(patiently(() => (++tries < 3 ? busy() : "done"))).toBe("done");
  expect(() => patiently(busy)).toThrow("EBUSY");
  const denied = () => {
    tries += 1;
    throw Object.assign(new Error("EACCES"), { code: "EACCES" });
  };
  tries = 0;
  expect(() => patiently(denied)).toThrow("EACCES");
  expect(tries).toBe(1);
});

test("A verification checks everything beside a file in use, and then names that file and who can be asked for it", async () => {
  const run: DiskPool["run"] = async (root, kind, ask, options) => {
    const answer = await sharedPool.run(root, kind, ask, options);
    if (kind !== "match") return answer;
    const { files } = ask as { files: { path: string }[] };
    return files.map(({ path }, i) => (path.endsWith("/b") ? IN_USE : (answer as unknown[])[i])) as typeof answer;
  };
  await using site = await openFixture({ pool: { ...sharedPool, run } });
  await site.stage(MADE, 1);
  await site.activate(PACKAGE, 1);
  expect(await site.verify(MADE, true)).toMatchObject({
    kind: "failed",
    code: "FILE_IN_USE",
    retryable: true,
    path: site.path("dp", "ABC00001/b"),
    message: expect.stringMatching(/ABC00001\/b: another program .* of the 2 other files checked .* 0 deviate.*Get-SmbOpenFile/) as unknown,
  });
});
