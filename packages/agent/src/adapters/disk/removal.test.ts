import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { isRoot } from "@sitewright/testkit/account";
import { openFixture, PACKAGE, PACKAGE_FOLDER, readTree, release, type Fixture } from "../../../test-support/disk-fixture.ts";

const OLD = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "old", "ABC00001/d/b": "old", "ABC00001/z": "old" });
const NEW = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "new" });

const run = (...words: string[]) => execFileSync(words[0] as string, words.slice(1), { stdio: "pipe" });

const trash = (site: Fixture) => site.path("dp", ".sitewright/trash");

/** Files that are left of removed generations, by their absolute paths. */
function left(site: Fixture): string[] {
  const entries = readdirSync(trash(site), { recursive: true, withFileTypes: true });
  return entries.flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []));
}

/** The folder of a removed generation that holds its files. */
function removedTop(site: Fixture): string {
  return join(trash(site), ...readdirSync(trash(site)), "0");
}

async function replaced(site: Fixture): Promise<void> {
  await site.stage(NEW, 2);
  expect(await site.activate(PACKAGE, 2, 0)).toMatchObject({ kind: "activated" });
}

test.runIf(isRoot)("What is mounted in a folder that is replaced stays as it is, also if it is a folder of the same disk", async () => {
  await using site = await openFixture();
  await site.stage(OLD, 1);
  await site.activate(PACKAGE, 1, 0);
  site.write("cap", { "archive/precious": "1", "archive/deeper/too": "1" });
  run("mount", "--bind", site.path("cap", "archive"), site.path("dp", "ABC00001/d"));
  try {
    await replaced(site);
    await expect.poll(() => site.logged).toContainEqual({ level: "warn", message: "a folder of the agent could not be removed" });
    expect(readTree(site.path("cap", "archive"))).toEqual({ precious: "1", "deeper/too": "1" });
    expect(
      left(site)
        .map((path) => relative(removedTop(site), path))
        .sort(),
    ).toEqual(["d/deeper/too", "d/precious"]);
  } finally {
    run("umount", join(removedTop(site), "d"));
  }
});

test.runIf(isRoot)("A file that cannot be removed keeps nothing else of its generation on the disk", async () => {
  await using site = await openFixture();
  await site.stage(OLD, 1);
  await site.activate(PACKAGE, 1, 0);
  run("chattr", "+i", site.path("dp", "ABC00001/a"));
  try {
    await replaced(site);
    await expect.poll(() => left(site).map((path) => relative(removedTop(site), path))).toEqual(["a"]);
  } finally {
    run("chattr", "-R", "-i", trash(site));
  }
});
