import { mkdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { TEST_CERTIFICATES } from "@sitewright/testkit/certificates";
import { storeJoin } from "../adapters/join/agent-file.ts";
import { openFixture, PACKAGE, PACKAGE_FOLDER, release } from "../../test-support/disk-fixture.ts";
import { acceptRoot } from "./root.ts";

test("a role root whose disk is lost can be accepted as it is: it is served again, and older generations stay refused", async () => {
  const made = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "alpha" });
  await using site = await openFixture();
  const dataDir = join(dirname(site.roots.dp), "data");
  const root = { role: "dp", path: site.roots.dp } as const;
  await storeJoin(dataDir, () => ({
    url: "http://localhost",
    name: "A",
    coordinator: "c",
    ca: TEST_CERTIFICATES.caPem,
    roots: [root],
  }));
  await site.stage(made, 5);
  await site.activate(PACKAGE, 5);
  renameSync(site.roots.dp, `${site.roots.dp}.broken`);
  mkdirSync(site.roots.dp);
  await expect(acceptRoot(root.path, dataDir)).rejects.toMatchObject({ code: "AGENT_DATA_IN_USE" });
  await site.reopen({}, async () => {
    await expect(acceptRoot(site.roots.cap, dataDir)).rejects.toMatchObject({ code: "BAD_REQUEST" });
    expect(await acceptRoot(root.path, dataDir)).toContain("1 unit that was known in it is forgotten");
  });
  expect(site.executor.rootWarnings.all()).toEqual([]);
  expect(site.executor.inventory()).toMatchObject([{ unit: PACKAGE, highest: { counter: 5 }, previous: false }]);
  expect(site.executor.inventory()[0]).not.toHaveProperty("live");
  expect(await site.stage(made, 4)).toMatchObject({ code: "STALE_GENERATION" });
  expect(await site.stage(made, 6)).toMatchObject({ kind: "staged" });
});
