import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import type { Unit } from "@sitewright/protocol";
import { isRoot } from "@sitewright/testkit/account";
import { expect, test } from "vitest";
import { openFixture, release } from "../../../test-support/disk-fixture.ts";

const FIRST: Unit = { role: "dp", name: "ABC00001" };
const SECOND: Unit = { role: "dp", name: "ABC00002" };

test("A unit whose grace time cannot be ended does not prevent the end of another's", async () => {
  await using site = await openFixture();
  for (const unit of [FIRST, SECOND]) {
    site.write("dp", { [`${unit.name}/old.txt`]: "old" });
    await site.stage(release(unit, [{ path: unit.name, kind: "folder", rights: "clients-read" }], { [`${unit.name}/a`]: "alpha" }), 1);
  }
  // Everything is recorded except the end of the first one's grace time.
  site.database.exec(`
    CREATE TEMP TRIGGER broken BEFORE INSERT ON units WHEN NEW.unit LIKE '%ABC00001' AND NEW.state NOT LIKE '%"previous":{%'
    BEGIN SELECT RAISE(ABORT, 'no'); END
  `);
  for (const unit of [FIRST, SECOND]) expect(await site.activate(unit, 1, 300)).toMatchObject({ kind: "activated", previous: true });
  await expect.poll(() => existsSync(site.path("dp", ".sitewright/previous/ABC00002/1.1"))).toBe(false);
  expect(existsSync(site.path("dp", ".sitewright/previous/ABC00001/1.1"))).toBe(true);
  expect(site.logged).toContainEqual({ level: "warn", message: "an expired grace time cannot be ended, trying again" });
});

test.runIf(isRoot)(
  "What cannot be removed after its grace time is tried again automatically, and is removed once the cause is gone",
  async () => {
    await using site = await openFixture({ sweepAfterMs: 100 });
    using undo = new DisposableStack();
    site.write("dp", { "ABC00001/old.txt": "old" });
    execFileSync("chattr", ["+i", site.path("dp", "ABC00001/old.txt")]);
    const trash = () => readdirSync(site.path("dp", ".sitewright/trash"));
    const free = () => trash().forEach((name) => execFileSync("chattr", ["-R", "-i", site.path("dp", `.sitewright/trash/${name}`)]));
    undo.defer(free);
    await site.stage(release(FIRST, [{ path: "ABC00001", kind: "folder", rights: "clients-read" }], { "ABC00001/a": "alpha" }), 1);
    expect(await site.activate(FIRST, 1, 100)).toMatchObject({ kind: "activated" });
    const failures = () => site.logged.filter(({ message }) => message === "a folder of the agent could not be removed").length;
    await expect.poll(failures).toBeGreaterThan(2);
    expect(trash()).toHaveLength(1);
    free();
    await expect.poll(trash).toEqual([]);
  },
);
