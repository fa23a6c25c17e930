import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { SitewrightError } from "@sitewright/protocol";
import { LOST_PRIMARY } from "../../../expert/test-support/answers.ts";
import { catalogueSiteData } from "../../test-support/catalogue-site-data.ts";
import { useCore } from "../../test-support/core-fixture.ts";
import { success } from "../../test-support/core-fleet.ts";
import { ANNA, BEN } from "../../test-support/fakes.ts";
import type { RunOptions } from "../domain/runs/run.ts";
import type { Hierarchy } from "../domain/sites/hierarchy.ts";

const folder = mkdtempSync(join(tmpdir(), "sitewright-recovery-"));
mkdirSync(join(folder, "shelf"));
writeFileSync(join(folder, "catalogue.txt"), "system A1 ABC dp\nunit dp/ABC00001 1 A1 ABC00001=shelf\n");
afterAll(() => rmSync(folder, { recursive: true }));

/** What the site states now; absent: the site data cannot be read. */
let packages: number | undefined;
beforeEach(() => void (packages = 40));

const catalogue = catalogueSiteData(folder);
const siteData = {
  ...catalogue,
  async read() {
    if (packages === undefined) throw new SitewrightError("SITE_DATA_INVALID", "hierarchy.yaml does not exist");
    const reading = await catalogue.read();
    const numbers = { epoch: 1, serials: { packages } };
    const abc = { code: "ABC", name: "", type: "primary", server: "A1", timeZone: "UTC", logonSenior: true, numbers } as const;
    return { ...reading, hierarchy: { ...reading.hierarchy, sites: new Map([["ABC", abc]]) } satisfies Hierarchy };
  },
};
const at = useCore(() => ({ siteData }));

const OPENING = { site: "ABC", answers: LOST_PRIMARY, recorder: "ben", abortWhen: ["the backup cannot be read"] };
const rebuild = (options: Partial<RunOptions> = {}) => at.core.operations.start(ANNA, "rebuild", options);

/** Waits until a run waits for the recovery of its site, or another reason. */
async function held(run: string, reason = "site-quarantined"): Promise<void> {
  const reasons = async () => (await at.core.operations.run(run)).phases.map(({ waitingFor }) => waitingFor);
  await expect.poll(reasons).toEqual([reason, "earlier-phase"]);
}

/** As a repair of its numbers leaves it. */
async function raise(): Promise<void> {
  packages = 1040;
  at.pass(60_000);
  await at.core.serials.sites();
}

/** It was seen with 40, and states less. */
async function setBack(): Promise<void> {
  await at.core.serials.sites();
  packages = 31;
}

test("a held site is planned while its recovery is open, with a warning, and sent what that orders once its numbers are raised", async () => {
  await setBack();
  await at.fleet.connect("A1");
  await expect(rebuild()).rejects.toMatchObject({
    code: "NOTHING_SELECTED",
    message: expect.stringContaining("RECOVERY_REQUIRED") as string,
  });
  const { id } = await at.core.recoveries.open(ANNA, OPENING);
  expect((await at.core.operations.overview()).problems).toMatchObject([
    {
      code: "RECOVERY_REQUIRED",
      site: "ABC",
      leftOut: false,
      message: expect.stringContaining('"packages" is 31, and 40 was seen') as string,
    },
  ]);
  const ordered = await rebuild({ recovery: id });
  await held(ordered.id);
  expect(at.fleet.orders()).toEqual([]);
  await raise();
  await at.reaches(ordered.id, "done");
});

test("while a recovery is open its site is sent nothing else; that is held, cancels nothing, and continues when the recovery ends", async () => {
  await at.fleet.connect("A1");
  const { id } = await at.core.recoveries.open(ANNA, OPENING);
  at.fleet.answer = () => undefined;
  const ordered = await rebuild({ recovery: "ABC" });
  await at.accepted(ordered.id, 1);
  const others = await rebuild({});
  await held(others.id);
  const [stage] = at.fleet.orders();
  at.fleet.answer = success;
  if (stage) await at.fleet.report("A1", stage.order, success(stage.order));
  await at.reaches(ordered.id, "done");
  await held(others.id);
  await at.core.recoveries.abandon(ANNA, id, "a new site instead");
  await at.reaches(others.id, "done");
  expect((await at.core.operations.run(ordered.id)).totals).toMatchObject({ done: 2, cancelled: 0 });
});

test("nothing of a site is removed while its recovery is open, unless that orders it", async () => {
  await at.fleet.connect("A1");
  const { id } = await at.core.recoveries.open(ANNA, OPENING);
  const remove = (options: Partial<RunOptions>) => at.core.operations.start(ANNA, "remove", { systems: ["A1"], ...options });
  await expect(remove({})).rejects.toMatchObject({ code: "SITE_QUARANTINED", message: expect.stringContaining("of ABC") as string });
  at.fleet.answer = () => ({ kind: "removed", files: 1 });
  await at.reaches((await remove({ recovery: id })).id, "done");
  await expect(rebuild({ recovery: "nobody" })).rejects.toMatchObject({ code: "NOT_FOUND" });
  await at.core.recoveries.abandon(ANNA, id, "a new site instead");
  await expect(rebuild({ recovery: id })).rejects.toMatchObject({ code: "CONFLICT" });
});

test("a core that starts again on the same ledger knows the recovery as it was", async () => {
  await setBack();
  const { id } = await at.core.recoveries.open(ANNA, OPENING);
  await at.core.recoveries.record(ANNA, id, "P01", { state: "done", evidence: "form 12" });
  await at.core.recoveries.record(BEN, id, "P02", { state: "waiting" });
  const before = at.core.recoveries.show("ABC");
  await at.core.stop();
  at.pass(3 * 86_400_000);
  await at.restart();
  expect(at.core.recoveries.show(id)).toEqual(before);
  expect(before.tasks.slice(0, 2)).toMatchObject([
    { id: "P01", phase: "prepare", title: "Open the recovery", state: "done", records: [{ by: "anna", evidence: "form 12" }] },
    { id: "P02", state: "waiting", records: [{ by: "ben" }] },
  ]);
});

test("a recovery ends as recovered only when nothing speaks against the site's numbers, and what was refused changed nothing", async () => {
  await setBack();
  const { id, tasks } = await at.core.recoveries.open(ANNA, OPENING);
  for (const task of tasks) await at.core.recoveries.record(ANNA, id, task.id, { state: "done" });
  const before = at.core.recoveries.show(id);
  await expect(at.core.recoveries.open(BEN, { ...OPENING, site: "XYZ" })).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(at.core.recoveries.open(BEN, OPENING)).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(at.core.recoveries.finish(ANNA, id, { outcome: "recovered" })).rejects.toThrow('"packages" is 31, and 40 was seen');
  expect(at.core.recoveries.show(id)).toEqual(before);
  const ended = await at.core.recoveries.finish(ANNA, id, { outcome: "with-losses", signedBy: "dora", losses: ["packages 32 to 40"] });
  expect(ended.end).toMatchObject({ outcome: "with-losses", signedBy: "dora", by: "anna" });
  expect(at.core.recoveries.report(id)).toMatchObject({ losses: ["packages 32 to 40"], debts: [expect.stringContaining("40 was seen")] });
  packages = 1040;
  const again = await at.core.recoveries.open(ANNA, OPENING);
  expect(again.id).not.toBe(id);
});

test("a recovery can be opened, and signed as failed, while the site data cannot be read: they may be what was lost", async () => {
  await at.core.serials.sites();
  packages = undefined;
  at.pass(10_000);
  const { id } = await at.core.recoveries.open(ANNA, OPENING);
  const { end, state } = await at.core.recoveries.finish(ANNA, id, { outcome: "failed" });
  expect([state, end]).toEqual(["finished", expect.objectContaining({ outcome: "failed", signedBy: "anna" })]);
  expect(at.core.recoveries.report(id).debts.length).toBeGreaterThan(20);
});

test("what is held stays held after a restart while the site data cannot be read, with a recovery that is open and without one", async () => {
  await setBack();
  const { id } = await at.core.recoveries.open(ANNA, OPENING);
  const ordered = await rebuild({ recovery: id });
  await expect.poll(async () => (await at.core.operations.run(ordered.id)).phases.length).toBe(2);
  await at.core.stop();
  packages = undefined;
  await at.restart();
  await at.fleet.connect("A1");
  await held(ordered.id, "site-data-unread");
  await at.core.recoveries.abandon(ANNA, id, "a new site instead");
  await held(ordered.id, "site-data-unread");
  expect(at.fleet.orders()).toEqual([]);
  await raise();
  await at.reaches(ordered.id, "done");
});
