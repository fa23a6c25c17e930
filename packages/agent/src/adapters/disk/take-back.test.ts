import { expect, test } from "vitest";
import { CAP, capFolders, openFixture, readTree, release } from "../../../test-support/disk-fixture.ts";
import { dying, refusing } from "../../../test-support/odd-exchanges.ts";
import { platform } from "./platform/platform.ts";
import { twoRenames } from "./platform/portable.ts";

const BOXES = capFolders("clifiles.box", "pkginfo.box", "offerinf.box");
const tree = (text: string) => ({
  "CAP_ABC/clifiles.box/c": text,
  "CAP_ABC/pkginfo.box/p": text,
  "CAP_ABC/offerinf.box/o": text,
});
const OLD = release(CAP, BOXES, tree("old"));
const NEW = release(CAP, BOXES, tree("new"));
const served = (text: string) => ({ "clifiles.box/c": text, "pkginfo.box/p": text, "offerinf.box/o": text });

for (const [way, inner] of [
  ["one exchange", platform.exchange],
  ["two renames", twoRenames],
] as const) {
  for (const box of ["clifiles.box", "pkginfo.box", "offerinf.box", "1.2"]) {
    test(`An activation by ${way} that cannot continue at ${box} is taken back, and succeeds once the cause is removed`, async () => {
      const exchange = refusing(inner, box);
      await using site = await openFixture({ exchange });
      await site.stage(OLD, 1);
      await site.activate(CAP, 1);
      await site.stage(NEW, 2);
      exchange.broken = true;
      expect(await site.activate(CAP, 2)).toMatchObject({ kind: "failed", code: "IO_ERROR" });
      expect(readTree(site.path("cap", "CAP_ABC"))).toEqual(served("old"));
      expect(await site.verify(OLD)).toMatchObject({ right: true });
      expect(site.executor.inventory()).toMatchObject([{ live: { manifest: OLD.digest }, staged: { manifest: NEW.digest } }]);
      exchange.broken = false;
      expect(await site.verify(NEW)).toMatchObject({ right: false, stale: true });
      expect(await site.activate(CAP, 2)).toMatchObject({ kind: "activated", previous: true });
      expect(await site.verify(NEW)).toMatchObject({ right: true });
      expect(await site.order(CAP, 3, { kind: "undo", graceMs: 60_000 })).toMatchObject({ kind: "undone", manifest: OLD.digest });
      expect(readTree(site.path("cap", "CAP_ABC"))).toEqual(served("old"));
    });
  }

  for (const steps of [2, 3]) {
    test(`An agent that dies after ${steps} steps of taking back an activation by ${way} continues with that at its next start`, async () => {
      const broken = refusing(inner, "offerinf.box");
      const exchange = dying(broken);
      await using site = await openFixture({ exchange });
      exchange.site = site;
      await site.stage(OLD, 1);
      await site.activate(CAP, 1);
      await site.stage(NEW, 2);
      broken.broken = true;
      exchange.steps = 1 + steps; // the third is refused, and the following calls go back
      expect(await site.activate(CAP, 2)).toMatchObject({ kind: "failed" });
      expect(new Set(Object.values(readTree(site.path("cap", "CAP_ABC")))).size).toBe(2);
      await site.reopen({ exchange: inner });
      expect(readTree(site.path("cap", "CAP_ABC"))).toEqual(served("old"));
      expect(await site.activate(CAP, 2)).toMatchObject({ kind: "activated" });
      expect(await site.verify(NEW)).toMatchObject({ right: true });
    });
  }

  test(`An undo and a removal by ${way} that cannot continue leave everything as it was, and succeed once the cause is removed`, async () => {
    const exchange = refusing(inner, "offerinf.box");
    await using site = await openFixture({ exchange });
    await site.stage(OLD, 1);
    await site.activate(CAP, 1);
    await site.stage(NEW, 2);
    await site.activate(CAP, 2);
    exchange.broken = true;
    expect(await site.order(CAP, 3, { kind: "undo", graceMs: 60_000 })).toMatchObject({ kind: "failed", code: "IO_ERROR" });
    expect(readTree(site.path("cap", "CAP_ABC"))).toEqual(served("new"));
    expect(await site.order(CAP, 4, { kind: "remove", owned: BOXES })).toMatchObject({ kind: "failed", code: "IO_ERROR" });
    expect(readTree(site.path("cap", "CAP_ABC"))).toEqual(served("new"));
    exchange.broken = false;
    expect(await site.order(CAP, 5, { kind: "undo", graceMs: 60_000 })).toMatchObject({ kind: "undone", manifest: OLD.digest });
    expect(readTree(site.path("cap", "CAP_ABC"))).toEqual(served("old"));
    expect(await site.order(CAP, 6, { kind: "remove", owned: BOXES })).toEqual({ kind: "removed", files: 3 });
    expect(readTree(site.path("cap", "CAP_ABC"))).toEqual({});
  });
}

test("A unit that can be neither completed nor taken back can be verified as it is, and is taken back once the cause is removed", async () => {
  const exchange = dying(platform.exchange);
  await using site = await openFixture({ exchange, settleAfterMs: 600_000 });
  await site.stage(OLD, 1);
  await site.activate(CAP, 1);
  await site.stage(NEW, 2);
  exchange.steps = 1;
  expect(await site.activate(CAP, 2)).toMatchObject({ kind: "failed" });
  const halfway = { ...served("old"), "clifiles.box/c": "new" };
  expect(readTree(site.path("cap", "CAP_ABC"))).toEqual(halfway);
  expect(await site.verify(OLD)).toMatchObject({ kind: "verified", right: false, deviationCount: 1 });
  const ask = { kind: "estimate", manifest: OLD.digest, manifestBytes: OLD.bytes.length } as const;
  expect(await site.order(CAP, 0, ask)).toMatchObject({ kind: "estimated", files: 3 });
  expect(readTree(site.path("cap", "CAP_ABC"))).toEqual(halfway);
  exchange.steps = Infinity;
  expect(await site.verify(OLD)).toMatchObject({ right: false });
  expect(await site.stage(NEW, 3)).toMatchObject({ kind: "staged" });
  expect(readTree(site.path("cap", "CAP_ABC"))).toEqual(served("old"));
  expect(await site.activate(CAP, 3)).toMatchObject({ kind: "activated" });
  expect(await site.verify(NEW)).toMatchObject({ right: true });
});
