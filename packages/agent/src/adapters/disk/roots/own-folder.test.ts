import { chmodSync, chownSync, existsSync, mkdirSync, renameSync, rmdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { isRoot, NOBODY } from "@sitewright/testkit/account";
import { openFixture, PACKAGE, PACKAGE_FOLDER, release, sharedPool } from "../../../../test-support/disk-fixture.ts";
import { openDatabase } from "../../memory/database.ts";
import { openDiskExecutor } from "../disk-executor.ts";
import { withAnchor } from "../anchor.ts";
import { isOwnUid, passNothingOn } from "./own-folder.ts";

const MADE = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "alpha" });

test("An agent's own folder to which others have write access is closed to them before anything is staged", async () => {
  await using site = await openFixture();
  for (const path of [".sitewright", ".sitewright/staging", ".sitewright/staging/ABC00001"]) {
    mkdirSync(site.path("dp", path), { recursive: true });
    chmodSync(site.path("dp", path), 0o777);
  }
  expect(await site.stage(MADE, 1)).toMatchObject({ kind: "staged" });
  for (const path of [".sitewright", ".sitewright/staging", ".sitewright/staging/ABC00001"])
    expect(statSync(site.path("dp", path)).mode & 0o777).toBe(0o700);
  expect(await site.activate(PACKAGE, 1)).toMatchObject({ kind: "activated" });
});

test("An account is recognised by a file that it creates, also on a file system that maps owners", () => {
  const root = process.cwd();
  expect([isOwnUid(root, process.geteuid?.() ?? 0), isOwnUid(root, 54_321)]).toEqual([true, false]);
});

test("A folder that a removal in the background takes away while the agent's own folders are closed is passed over", () => {
  const root = temporaryFolder();
  const vanishing = ".sitewright/trash/replaced";
  mkdirSync(join(root, vanishing), { recursive: true });
  const asked: string[] = [];
  withAnchor(root, (anchor) =>
    passNothingOn({
      folder(path) {
        if (path === vanishing) rmdirSync(join(root, path));
        asked.push(path);
        return anchor.folder(path);
      },
    }),
  );
  expect(asked).toContain(vanishing);
});

test.runIf(isRoot)("A folder of another user is refused each time that it is opened", () => {
  const root = temporaryFolder();
  mkdirSync(join(root, ".sitewright"));
  chownSync(join(root, ".sitewright"), NOBODY, NOBODY);
  withAnchor(root, (anchor) => {
    for (let time = 0; time < 2; time++)
      expect(() => anchor.folder(".sitewright")).toThrow(expect.objectContaining({ code: "OWN_FOLDER_UNSAFE" }) as Error);
  });
});

for (const path of isRoot ? [".sitewright", ".sitewright/staging", ".sitewright/staging/ABC00001", ".sitewright/trash"] : [])
  test(`An agent does not start on a ${path} of another user, and names it; it does when that is removed`, async () => {
    const folder = temporaryFolder();
    using database = openDatabase(join(folder, "data"));
    const roots = [{ role: "dp" as const, path: join(folder, "dp") }];
    mkdirSync(join(folder, "dp", path), { recursive: true });
    chownSync(join(folder, "dp", path), NOBODY, NOBODY);
    const open = () => openDiskExecutor({ database, dataDir: join(folder, "data"), roots, log() {} }, { pool: sharedPool });
    await expect(open()).rejects.toMatchObject({ code: "OWN_FOLDER_UNSAFE", path: join(folder, "dp", path) });
    rmdirSync(join(folder, "dp", path));
    await (await open()).close();
  });

for (const thief of isRoot ? [NOBODY] : [])
  test("A staged tree that another user replaced by his own does not go live", async () => {
    await using site = await openFixture();
    await site.stage(MADE, 1);
    const staged = site.path("dp", ".sitewright/staging/ABC00001/1.1");
    renameSync(staged, `${staged}.away`);
    site.write("dp", { ".sitewright/staging/ABC00001/1.1/0/a": "alpha" });
    chownSync(staged, thief, thief);
    expect(await site.activate(PACKAGE, 1)).toMatchObject({ kind: "failed", code: "OWN_FOLDER_UNSAFE" });
    expect(existsSync(site.path("dp", "ABC00001/a"))).toBe(false);
  });
