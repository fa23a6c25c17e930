import { ANNA, BEN } from "../../test-support/fakes.ts";
import { expect, test } from "vitest";
import { useCore } from "../../test-support/core-fixture.ts";
import { success } from "../../test-support/core-fleet.ts";

const at = useCore();
const { reaches } = at;
const HOUR = 3_600_000;

const stageOf = async (run: string) => (await at.core.operations.run(run)).phases.find(({ task }) => task === "stage");

/** A schedule that is closed in the current hour, UTC. */
function closedNow(): Record<string, string> {
  const hour = new Date(at.now()).getUTCHours();
  return { [`Mon-Sun ${hour}-${hour + 1}`]: "closed" };
}

test("pausing an address puts running work back without a failure, and after resume the same order continues", async () => {
  await at.fleet.connect("S1");
  at.fleet.answer = () => undefined;
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await at.accepted(run.id, 1);
  await at.core.addresses.pause(ANNA, "SEC");
  await expect.poll(() => stageOf(run.id)).toMatchObject({ state: "waiting", waitingFor: "address-paused", window: { address: "SEC" } });
  const paused = await stageOf(run.id);
  expect(await at.core.contentRights.orderFor("S1", paused?.id ?? "", paused?.manifest ?? "")).toMatchObject({ id: paused?.id });
  at.fleet.answer = success;
  await at.core.addresses.resume(ANNA, "SEC");
  await reaches(run.id, "done");
  expect(await stageOf(run.id)).toMatchObject({ epoch: 1, state: "done" });
  expect((await stageOf(run.id))?.window).toBeUndefined();
});

test("a window that closes under a running order says when it opens, and then the order continues", async () => {
  await at.fleet.connect("S1");
  at.fleet.answer = () => undefined;
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await at.accepted(run.id, 1);
  await at.core.addresses.set(ANNA, "SEC", { schedule: closedNow() });
  const opensAt = Math.floor(at.now() / HOUR) * HOUR + HOUR;
  await expect
    .poll(() => stageOf(run.id))
    .toMatchObject({ state: "waiting", waitingFor: "window-closed", window: { address: "SEC", timeZone: "UTC", opensAt } });
  at.fleet.answer = success;
  at.pass(opensAt - at.now());
  await reaches(run.id, "done");
  expect((await stageOf(run.id))?.epoch).toBe(1);
});

test("a window that closes by the clock puts work back, and clients of the live view are told", async () => {
  await at.fleet.connect("S1");
  const hour = (new Date(at.now()).getUTCHours() + 1) % 24;
  await at.core.addresses.set(ANNA, "SEC", { schedule: { [`Mon-Sun ${hour}-${hour + 1}`]: "high" } });
  at.fleet.answer = () => undefined;
  const run = await at.core.operations.start(ANNA, "rebuild", { systems: ["S1"] });
  await at.accepted(run.id, 1);
  const told: string[] = [];
  at.core.liveView.subscribe((event) => event.type === "address" && told.push(event.key));
  at.pass(HOUR);
  await expect.poll(() => stageOf(run.id)).toMatchObject({ state: "waiting", waitingFor: "window-closed" });
  await expect.poll(() => told).toContain("SEC");
});

test("settings take effect immediately and outlive a restart, reset restores the file, and the ledger records who did what", async () => {
  const set = await at.core.addresses.set(ANNA, "SEC", { bandwidth: "1 Mbit/s", rateLimit: { "00-24": "50%" } });
  expect(set).toMatchObject({ budget: 500_000, file: {}, override: { bandwidth: "1 Mbit/s", by: "anna" } });
  expect(at.core.hierarchy()?.addresses.get("SEC")?.bandwidth).toBe(1_000_000);
  expect((await at.core.operations.overview()).addresses).toMatchObject([{ key: "SEC", budget: 500_000, paused: false }]);
  await at.core.stop();
  await at.restart();
  expect(await at.core.addresses.list()).toMatchObject([{ key: "SEC", budget: 500_000 }]);
  await at.core.addresses.pause(BEN, "SEC");
  const reset = await at.core.addresses.reset(BEN, "SEC");
  expect(reset).not.toHaveProperty("override");
  expect(reset).not.toHaveProperty("budget");
  expect(reset.changes.map(({ by, kind }) => `${by} ${kind}`)).toEqual(["ben reset", "ben pause", "anna set"]);
  await expect(at.core.addresses.reset(BEN, "SEC")).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(at.core.addresses.resume(BEN, "SEC")).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(at.core.addresses.pause(BEN, "POR")).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: /no address POR; it states: SEC$/,
  });
  await expect(at.core.addresses.set(BEN, "SEC", { bandwidth: "fast" })).rejects.toMatchObject({ code: "BAD_REQUEST" });
});

test("what Redis lost in an outage is stored again", async () => {
  await at.core.addresses.set(ANNA, "SEC", { bandwidth: "1 Mbit/s" });
  await at.redis.client.flushall();
  await at.core.redisBack();
  await at.core.stop();
  await at.restart();
  expect((await at.core.addresses.show("SEC")).override).toMatchObject({ bandwidth: "1 Mbit/s", by: "anna" });
});

test("concurrent changes are made one after another, and usage is reported as bits on the line", async () => {
  await Promise.all([
    at.core.addresses.set(ANNA, "SEC", { bandwidth: "1 Mbit/s" }),
    at.core.addresses.set(BEN, "SEC", { schedule: { "Sat,Sun 00-24": "closed" } }),
    at.core.addresses.pause(BEN, "SEC"),
  ]);
  expect((await at.core.addresses.show("SEC")).override).toMatchObject({
    bandwidth: "1 Mbit/s",
    schedule: { "Sat,Sun 00-24": "closed" },
    paused: true,
  });
  const rates: number[] = [];
  at.core.liveView.subscribe((event) => event.type === "rates" && rates.push(event.rates["SEC"] ?? -1));
  at.core.lineUsed.publish({ address: "SEC", bytes: 100_000 });
  await expect.poll(() => rates).toEqual([800_000, 800_000, 800_000, 800_000, 0]);
});
