import { expect, test } from "vitest";
import { LOST_PRIMARY } from "../../../expert/test-support/answers.ts";
import { useCore } from "../../test-support/core-fixture.ts";
import { success } from "../../test-support/core-fleet.ts";

import { ANNA } from "../../test-support/fakes.ts";
import { memoryLines, startLedger } from "../../test-support/memory-ledger.ts";
import { redisLedgerCopy } from "../adapters/redis/ledger-copy.ts";

const at = useCore();
const SEC = { site: "SEC" };
const DP_OF_S1 = { system: "S1", role: "dp" } as const;
const WORD = { confirm: "SEC", reason: "the branch was closed" };

const statesOf = async (run: string, system: string): Promise<string[]> =>
  (await at.core.operations.run(run)).phases.filter((phase) => phase.system === system).map(({ state }) => state);

async function problemsOf(code: string): Promise<string[]> {
  const { problems } = await at.core.operations.overview();
  return problems.flatMap((problem) => (problem.code === code ? [problem.message] : []));
}

test("a site is previewed without a change; once it is deleted its orders end, queued and running, its agents lose their connections, and all others continue", async () => {
  await at.fleet.connect("A1", "S1", "S2");
  at.fleet.answer = (order, system) => (system === "A1" ? success(order) : undefined);
  const run = await at.core.operations.start(ANNA, "rebuild", { packages: ["ABC00001"] });
  for (const system of ["S1", "S2"]) await expect.poll(() => statesOf(run.id, system)).toEqual(["running", "waiting"]);
  const plan = await at.core.deletions.plan(SEC);
  expect(plan).toMatchObject({ blocks: [], warnings: [] });
  expect(plan.steps.filter(({ by }) => by === "sitewright")).toMatchObject([
    { details: ["the site SEC", "S1", "S2"] },
    { what: "cancel 4 orders", details: [`run ${run.id}: 2 queued, 2 running`] },
    { details: ["S1", "S2"] },
  ]);
  expect(await statesOf(run.id, "S1")).toEqual(["running", "waiting"]);

  await at.core.deletions.apply(ANNA, SEC, WORD);
  expect(at.fleet.sent.filter(({ message }) => message.kind === "cancel").map(({ system }) => system)).toEqual(["S1", "S2"]);
  await expect.poll(() => at.fleet.ended).toHaveLength(2);
  for (const system of ["S1", "S2"]) await expect.poll(() => statesOf(run.id, system)).toEqual(["cancelled", "cancelled"]);
  await expect.poll(() => statesOf(run.id, "A1")).toEqual(["done", "done"]);
  expect(at.core.hierarchy()?.systems.has("S1")).toBe(false);
  expect(await problemsOf("DELETION_IN_FORCE")).toEqual([expect.stringContaining("the site SEC was deleted by anna")]);
  await expect(at.core.operations.start(ANNA, "rebuild", { sites: ["SEC"] })).rejects.toMatchObject({ code: "BAD_REQUEST" });
});

test("a coordinator that was killed after a deletion was recorded ends the orders of the site when it is started again", async () => {
  const run = await at.core.operations.start(ANNA, "rebuild", { sites: ["SEC"] });
  await expect.poll(() => statesOf(run.id, "S1")).toHaveLength(2);
  await at.core.stop();
  const ledger = await startLedger(memoryLines(), redisLedgerCopy(at.redis.client));
  await ledger.record(ANNA, "deleted", { about: SEC, details: { reason: "a test" } });
  await at.restart();
  await at.reaches(run.id, "failed");
  expect(await statesOf(run.id, "S1")).toEqual(["cancelled", "cancelled"]);
  expect(at.core.deletions.list()).toMatchObject([{ target: SEC, by: "anna", reason: "a test" }]);
});

test("a system that loses a role keeps its connection and its other work, what it holds can be removed, and an undo gives it the role again", async () => {
  const generation = { epoch: 1, counter: 1 };
  const live = { generation, manifest: "of before" };
  at.fleet.holds.set("S1", [{ unit: { role: "dp", name: "ABC00001" }, highest: generation, live, previous: false, sourceVersion: 1 }]);
  await at.fleet.connect("A1", "S1", "S2");
  at.fleet.answer = () => undefined;
  const run = await at.core.operations.start(ANNA, "rebuild", { packages: ["ABC00001"] });
  await at.accepted(run.id, 3);
  await at.core.deletions.apply(ANNA, DP_OF_S1, { confirm: "S1", reason: "a smaller disk" });
  await expect.poll(() => statesOf(run.id, "S1")).toEqual(["cancelled", "cancelled"]);
  expect(await statesOf(run.id, "S2")).toEqual(["running", "waiting"]);
  expect(at.fleet.ended).toEqual([]);
  expect(at.core.hierarchy()?.systems.get("S1")?.roles).toEqual([]);

  at.fleet.answer = ({ task }) => (task.kind === "remove" ? { kind: "removed", files: 2 } : undefined);
  const removal = await at.core.operations.start(ANNA, "remove", { systems: ["S1"] });
  await at.reaches(removal.id, "done");
  expect(await at.core.deletions.undo(ANNA, DP_OF_S1)).toMatchObject({ by: "anna", reason: "a smaller disk" });
  expect(at.core.hierarchy()?.systems.get("S1")?.roles).toEqual(["dp"]);
  at.fleet.answer = success;
  await at.reaches((await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] })).id, "done");
});

test("a site that appears under the code of a deleted one is not served, is said to be another one, and is held after an undo", async () => {
  at.stateNumber("SEC", 500);
  await at.core.serials.sites();
  await at.core.deletions.apply(ANNA, SEC, WORD);
  at.stateNumber("SEC", 3);
  await at.core.serials.sites();
  expect(await problemsOf("DELETION_IN_FORCE")).toEqual([
    expect.stringContaining('another site under the same code: its serial "packages" is 3'),
  ]);
  expect(at.core.hierarchy()?.sites.has("SEC")).toBe(false);
  await at.core.deletions.undo(ANNA, SEC);
  expect(await problemsOf("DELETION_IN_FORCE")).toEqual([]);
  expect(await problemsOf("RECOVERY_REQUIRED")).toEqual([expect.stringContaining("systems of SEC are left out")]);
});

test("a deletion is refused for what is unknown, deleted, not confirmed, under recovery, or the only site, and nothing changes", async () => {
  const { deletions } = at.core;
  const refused = async (work: Promise<unknown>, code: string, message: string): Promise<void> =>
    expect(work).rejects.toMatchObject({ code, message: expect.stringContaining(message) as string });
  await refused(deletions.plan({}), "BAD_REQUEST", "either a site");
  await refused(deletions.plan({ ...SEC, ...DP_OF_S1 }), "BAD_REQUEST", "either a site");
  await refused(deletions.plan({ site: "XYZ" }), "NOT_FOUND", "it has: ABC, SEC");
  await refused(deletions.plan({ system: "S1", role: "cap" }), "NOT_FOUND", "it has: dp");
  await refused(deletions.undo(ANNA, SEC), "NOT_FOUND", "was not deleted");
  await refused(deletions.apply(ANNA, SEC, { ...WORD, confirm: "sec" }), "CONFIRMATION_NEEDED", 'confirm it with "SEC"');
  for (const number of [500, 100]) {
    at.stateNumber("SEC", number);
    await at.core.serials.sites();
  }
  await refused(deletions.apply(ANNA, SEC, WORD), "SITE_QUARANTINED", "SEC is under recovery");
  await at.core.serials.accept(ANNA, "SEC", "a test");
  expect(deletions.list()).toEqual([]);
  await deletions.apply(ANNA, SEC, WORD);
  await refused(deletions.apply(ANNA, SEC, WORD), "CONFLICT", "already");
  await refused(deletions.apply(ANNA, { site: "ABC" }, { ...WORD, confirm: "ABC" }), "CONFLICT", "the only site");
});

test("a site under recovery is deleted only where its own open recovery orders that, also before its numbers are raised, and the ledger names it", async () => {
  const { deletions, recoveries, serials } = at.core;
  for (const number of [500, 100]) {
    at.stateNumber("SEC", number);
    await serials.sites();
  }
  await expect(deletions.plan(SEC, "SEC")).rejects.toMatchObject({ code: "NOT_FOUND" });
  const other = await recoveries.open(ANNA, { site: "ABC", answers: LOST_PRIMARY });
  const { id } = await recoveries.open(ANNA, { site: "SEC", answers: LOST_PRIMARY });
  const blocksOf = async (recovery?: string) => (await deletions.plan(SEC, recovery)).blocks.map(({ message }) => message.slice(0, 3));
  expect([await blocksOf(), await blocksOf("ABC"), await blocksOf("SEC")]).toEqual([["SEC"], ["SEC"], []]);
  await recoveries.abandon(ANNA, other.id, "a test");
  await expect(deletions.apply(ANNA, SEC, WORD)).rejects.toMatchObject({ code: "SITE_QUARANTINED" });
  await expect(deletions.apply(ANNA, SEC, { ...WORD, recovery: other.id })).rejects.toMatchObject({ code: "CONFLICT" });
  expect(deletions.list()).toEqual([]);
  await deletions.apply(ANNA, SEC, { ...WORD, recovery: "SEC" });
  expect(deletions.list()).toMatchObject([{ target: SEC }]);
  expect((await at.ledger()).findLast(({ kind }) => kind === "deleted")?.details).toMatchObject({ recovery: id });
});

test("a coordinator that was restored with its ledger alone names the files that an undo cannot change back", async () => {
  await at.core.stop();
  const ledger = await startLedger(memoryLines(), redisLedgerCopy(at.redis.client));
  const changed = "packages/ABC00001/package.yaml\nABC/site.yaml";
  await ledger.record(ANNA, "deleted", { about: SEC, details: { reason: "a test", changed } });
  await at.restart();
  expect(await at.core.deletions.undo(ANNA, SEC)).toMatchObject({ left: ["packages/ABC00001/package.yaml", "ABC/site.yaml"] });
  expect(at.core.hierarchy()?.sites.has("SEC")).toBe(true);
});
