import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { CAP, capFolders, openFixture, PACKAGE, PACKAGE_FOLDER, readTree, release } from "../../../test-support/disk-fixture.ts";
import { dying } from "../../../test-support/odd-exchanges.ts";
import { platform } from "./platform/platform.ts";
import { twoRenames } from "./platform/portable.ts";
import type { Exchange } from "./platform/port.ts";

const BOXES = capFolders("clifiles.box", "pkginfo.box", "offerinf.box");
const OLD = release(CAP, BOXES, { "CAP_ABC/clifiles.box/c": "old", "CAP_ABC/pkginfo.box/p": "old", "CAP_ABC/offerinf.box/o": "old" });
const NEW = release(CAP, BOXES, { "CAP_ABC/clifiles.box/c": "new", "CAP_ABC/pkginfo.box/p": "new", "CAP_ABC/offerinf.box/o": "new" });

for (const [name, inner, deaths] of [
  ["one exchange", platform.exchange, [0, 1, 2, 3, 4]],
  ["two renames", twoRenames, [1, 3]],
] as const) {
  for (const steps of deaths) {
    test(`An activation by ${name} that dies after ${steps} of its steps ends new at the next start, and can be undone`, async () => {
      const exchange = dying(inner);
      await using site = await openFixture({ exchange });
      exchange.site = site;
      await site.stage(OLD, 1);
      await site.activate(CAP, 1);
      await site.stage(NEW, 2);
      exchange.steps = steps;
      await site.activate(CAP, 2);
      await site.reopen({ exchange: inner });
      expect(await site.activate(CAP, 2)).toMatchObject({ kind: "activated", previous: true });
      expect(await site.verify(NEW)).toMatchObject({ right: true });
      expect(await site.order(CAP, 3, { kind: "undo", graceMs: 60_000 })).toEqual({ kind: "undone", manifest: OLD.digest });
      expect(await site.verify(OLD)).toMatchObject({ right: true });
    });
  }
}

test("Two renames that stop between one another are completed at the next start", async () => {
  const halfway: Exchange = {
    ...twoRenames,
    swap(live, _other, aside) {
      twoRenames.move(live, aside);
      site.die();
      throw new Error("the process died");
    },
  };
  await using site = await openFixture({ exchange: twoRenames });
  await site.stage(OLD, 1);
  await site.activate(CAP, 1);
  await site.stage(NEW, 2);
  const exchange = dying(halfway);
  exchange.steps = 1;
  await site.reopen({ exchange });
  expect(await site.activate(CAP, 2)).toMatchObject({ kind: "failed" });
  await site.reopen({ exchange: twoRenames });
  expect(await site.verify(NEW)).toMatchObject({ right: true });
  expect(readTree(site.path("cap", ".sitewright/previous/CAP_ABC/1.2"))).toEqual({ "0/c": "old", "1/p": "old", "2/o": "old" });
});

test("A switch whose disk is absent waits for it, and completes when it is back", async () => {
  const exchange = dying(platform.exchange);
  await using site = await openFixture({ exchange });
  exchange.site = site;
  await site.stage(OLD, 1);
  await site.activate(CAP, 1);
  await site.stage(NEW, 2);
  exchange.steps = 2;
  expect(await site.activate(CAP, 2)).toMatchObject({ kind: "failed" });
  renameSync(site.roots.cap, `${site.roots.cap}-away`);
  mkdirSync(site.roots.cap);
  await site.reopen();
  expect(await site.stage(NEW, 3)).toMatchObject({
    kind: "failed",
    code: "ROOT_AWAY",
    message: expect.stringContaining("mounted") as unknown,
  });
  rmSync(site.roots.cap, { recursive: true });
  renameSync(`${site.roots.cap}-away`, site.roots.cap);
  await site.reopen();
  expect(await site.verify(NEW)).toMatchObject({ right: true });
});

test("A switch whose folder was removed ends, and a rebuild repairs what is live", async () => {
  const exchange = dying(platform.exchange);
  await using site = await openFixture({ exchange });
  exchange.site = site;
  await site.stage(OLD, 1);
  await site.activate(CAP, 1);
  await site.stage(NEW, 2);
  exchange.steps = 1;
  expect(await site.activate(CAP, 2)).toMatchObject({ kind: "failed" });
  rmSync(site.path("cap", ".sitewright/staging"), { recursive: true });
  await site.reopen();
  expect(await site.verify(NEW)).toMatchObject({ right: false });
  expect(await site.stage(NEW, 3)).toMatchObject({ kind: "staged" });
  expect(await site.activate(CAP, 3)).toMatchObject({ kind: "activated" });
  expect(await site.verify(NEW)).toMatchObject({ right: true });
});

test("What an interrupted stage has fetched is not fetched again", async () => {
  const big = noise(2_000_000, 3);
  const made = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/big": big, "ABC00001/small": "small" });
  await using site = await openFixture();
  const went: number[] = [];
  site.content.onFrame = (frame, stream) => {
    if (went.length >= 30) stream.refuse("SOURCE_CHANGED", "it was edited");
    else for (let i = 0; i < frame.count; i++) went.push(frame.ordinal + i);
    return frame;
  };
  expect(await site.stage(made, 1)).toMatchObject({ kind: "failed" });
  await site.reopen();
  site.content.asked.length = 0;
  site.content.onFrame = (frame) => frame;
  expect(await site.stage(made, 1)).toMatchObject({ kind: "staged", files: 2 });
  const again = went.filter((ordinal) => site.content.asked.includes(ordinal));
  expect(again.length).toBeLessThanOrEqual(Math.ceil(site.content.window / 8192)); // the rest
  await site.activate(PACKAGE, 1);
  expect(await site.verify(made, true)).toMatchObject({ right: true });
});

test("Folders of the agent without a unit are removed at the start; a staged unit stays", async () => {
  await using site = await openFixture();
  await site.stage(NEW, 1);
  site.write("cap", {
    ".sitewright/staging/CAP_XYZ/1.1/0/x": "x",
    ".sitewright/trash/half/x": "x",
    ".sitewright/previous/CAP_ABC/1.9/0/x": "x",
  });
  await site.reopen();
  await expect.poll(() => readdirSync(site.path("cap", ".sitewright/trash"))).toEqual([]);
  expect(Object.keys(readTree(site.path("cap", ".sitewright")))).toEqual([
    "staging/CAP_ABC/1.1/0/c",
    "staging/CAP_ABC/1.1/1/p",
    "staging/CAP_ABC/1.1/2/o",
  ]);
  expect(await site.activate(CAP, 1)).toMatchObject({ kind: "activated" });
});
