import { existsSync } from "node:fs";
import type { Unit } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { openFixture, release } from "../../../test-support/disk-fixture.ts";

const FIRST: Unit = { role: "dp", name: "ABC00001" };
const SECOND: Unit = { role: "dp", name: "ABC00002" };

test("A unit whose grace time cannot be ended keeps no other unit from the end of its own", async () => {
  await using site = await openFixture();
  for (const unit of [FIRST, SECOND]) {
    site.write("dp", { [`${unit.name}/old.txt`]: "old" });
    await site.stage(release(unit, [{ path: unit.name, kind: "folder", rights: "clients-read" }], { [`${unit.name}/a`]: "alpha" }), 1);
  }
  // Written down is everything but that the first one's grace time is over.
  site.database.exec(`
    CREATE TEMP TRIGGER broken BEFORE INSERT ON units WHEN NEW.unit LIKE '%ABC00001' AND NEW.state NOT LIKE '%"previous":{%'
    BEGIN SELECT RAISE(ABORT, 'no'); END
  `);
  for (const unit of [FIRST, SECOND]) expect(await site.activate(unit, 1, 300)).toMatchObject({ kind: "activated", previous: true });
  await expect.poll(() => existsSync(site.path("dp", ".sitewright/previous/ABC00002/1.1"))).toBe(false);
  expect(existsSync(site.path("dp", ".sitewright/previous/ABC00001/1.1"))).toBe(true);
  expect(site.logged).toContainEqual({ level: "warn", message: "a grace time that has passed cannot be ended, trying again" });
});
