import { mkdirSync, renameSync, rmSync } from "node:fs";
import { expect, test } from "vitest";
import { CAP, capFolders, openFixture, PACKAGE, PACKAGE_FOLDER, readTree, release } from "../../../../test-support/disk-fixture.ts";

const MADE = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "new" });
const BOXES = release(CAP, capFolders("offerinf.box"), { "CAP_ABC/offerinf.box/o": "new" });

test("A folder whose name Windows clients cannot distinguish from a unit's is reported before anything is built, and is not touched", async () => {
  await using site = await openFixture();
  site.write("dp", { "abc00001/a": "old" });
  site.write("cap", { "CAP_ABC/OfferInf.Box/o": "old" });
  for (const outcome of [await site.stage(MADE, 1), await site.verify(MADE)])
    expect(outcome).toMatchObject({ kind: "failed", code: "NAME_TWIN", path: site.path("dp", "abc00001") });
  expect(await site.stage(BOXES, 1)).toMatchObject({ code: "NAME_TWIN", path: site.path("cap", "CAP_ABC/OfferInf.Box") });
  expect(readTree(site.path("cap", "CAP_ABC"))).toEqual({ "OfferInf.Box/o": "old" });
  renameSync(site.path("cap", "CAP_ABC/OfferInf.Box"), site.path("cap", "CAP_ABC/offerinf.box"));
  expect(await site.stage(BOXES, 2)).toMatchObject({ kind: "staged" });
  expect(await site.activate(CAP, 2)).toMatchObject({ kind: "activated" });
  expect(readTree(site.path("cap", "CAP_ABC"))).toEqual({ "offerinf.box/o": "new" });
});

test("A twin that appears beside what is served is reported by the next rebuild and verification, even without further work, until it is gone", async () => {
  await using site = await openFixture();
  await site.stage(MADE, 1);
  await site.activate(PACKAGE, 1);
  mkdirSync(site.path("dp", "Abc00001"));
  await expect.poll(() => site.verify(MADE)).toMatchObject({ code: "NAME_TWIN", path: site.path("dp", "Abc00001") });
  expect(await site.stage(MADE, 2)).toMatchObject({ code: "NAME_TWIN" });
  rmSync(site.path("dp", "Abc00001"), { recursive: true });
  expect(await site.stage(MADE, 3)).toMatchObject({ kind: "staged" });
});
