import { expect, test } from "vitest";
import { createUnitStore } from "../../adapters/memory/unit-store.ts";
import { openFixture, PACKAGE, PACKAGE_FOLDER, release } from "../../../test-support/disk-fixture.ts";

const MADE = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a.txt": "alpha" });
const TOP = { epoch: 4_294_967_295, counter: Number.MAX_SAFE_INTEGER };

test("An order of a generation above which nothing could be ordered is refused, and the next valid one is accepted", async () => {
  await using site = await openFixture();
  expect(await site.order(PACKAGE, TOP.counter, { kind: "activate", graceMs: 0 })).toMatchObject({ code: "GENERATION_IMPLAUSIBLE" });
  expect(site.executor.inventory().map(({ highest }) => highest)).toEqual([]);
  expect(await site.stage(MADE, 1)).toMatchObject({ kind: "staged" });
  expect(await site.activate(PACKAGE, 1)).toMatchObject({ kind: "activated" });
});

test("A fence that an earlier version accepted from a faulty coordinator is set aside at the next start, with a log line", async () => {
  await using site = await openFixture();
  await site.stage(MADE, 1);
  await site.activate(PACKAGE, 1);
  const units = createUnitStore(site.database);
  units.write({ ...units.read(PACKAGE), highest: TOP });
  await site.reopen();
  expect(site.logged).toContainEqual({ level: "warn", message: expect.stringMatching(/implausible generation: it is set aside/) });
  expect(site.executor.inventory()[0]).not.toHaveProperty("highest");
  expect(await site.stage(MADE, 2)).toMatchObject({ kind: "staged" });
  expect(site.executor.inventory()[0]).toMatchObject({ highest: { epoch: 1, counter: 2 } });
});
