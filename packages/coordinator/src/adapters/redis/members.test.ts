import { afterEach, expect, test } from "vitest";
import type { SitewrightError } from "@sitewright/protocol";
import { aPhase, aRun } from "../../../test-support/fakes.ts";
import { silent, useRedis } from "../../../test-support/redis/redis-fixture.ts";
import { KEYS } from "./keys.ts";
import { joinMembers, type Members } from "./members.ts";
import { redisRunStore } from "./run-store.ts";

const at = useRedis();
const joined: Members[] = [];
afterEach(async () => {
  for (const member of joined.splice(0)) await member.leave();
});

function join(memberId: string, { coordinatorId = "one", dataDir = `/${memberId}`, leaseMs = 6_000 } = {}): Members {
  const member = joinMembers(at.redis.client, { coordinatorId, memberId, dataDir, log: silent, leaseMs });
  joined.push(member);
  return member;
}

test("of several coordinators of one hierarchy the first one leads, and the others are told where it is", async () => {
  const [first, second] = [join("a"), join("b")];
  first.announce("https://srvabc:7400");
  expect(await first.beat(true)).toEqual({ leads: true });
  const standing = await second.beat(true);
  expect(standing).toMatchObject({ leads: false, leader: { member: "a", url: "https://srvabc:7400", leads: true } });
  await first.leave();
  expect(await second.beat(true)).toEqual({ leads: true });
});

test("one that does not want to lead stands by while nobody leads", async () => {
  expect(await join("a").beat(false)).toEqual({ leads: false });
});

test("one that stands by leaves a Redis that lost everything to the one that leads, until nobody has led there for long", async () => {
  const lost: SitewrightError[] = [];
  const [leader, second] = [join("a", { leaseMs: 600 }), join("b")];
  await leader.beat(true);
  leader.keep((error) => lost.push(error));
  await second.beat(true, false);
  await at.redis.client.flushall();
  expect(await second.beat(true, false)).toEqual({ leads: false });
  await expect.poll(() => second.beat(true, false)).toMatchObject({ leader: { member: "a" } });
  expect(lost).toEqual([]);
  await leader.leave();
  await at.redis.client.flushall();
  expect(await second.beat(true, false)).toEqual({ leads: false });
  expect(await second.beat(true)).toEqual({ leads: true });
});

test("one that leads notices a Redis that was emptied without having been away, each time", async () => {
  const leader = join("a", { leaseMs: 300 });
  let emptied = 0;
  leader.onEmptied(() => (emptied += 1));
  await leader.beat(true);
  leader.keep(() => undefined);
  for (const times of [1, 2]) {
    await leader.renewed();
    await leader.renewed();
    expect(emptied).toBe(times - 1);
    await at.redis.client.flushall();
    await expect.poll(() => emptied).toBe(times);
  }
});

test("one that stands by leads at once when the one that led has ended", async () => {
  const [leader, second] = [join("a"), join("b")];
  await leader.beat(true);
  await leader.leave();
  expect(await second.beat(true, false)).toEqual({ leads: true });
});

test("a coordinator of another hierarchy is refused by name", async () => {
  await join("a", { dataDir: "/first" }).beat(true);
  await expect(join("b", { coordinatorId: "two" }).beat(true)).rejects.toMatchObject({
    code: "REDIS_IN_USE",
    message: expect.stringContaining("/first") as string,
  });
});

test("a restart on the same data folder leads at once, and the process before it is told", async () => {
  const lost: SitewrightError[] = [];
  const before = join("a", { leaseMs: 600 });
  await before.beat(true);
  before.keep((error) => lost.push(error));
  expect(await join("a").beat(true)).toEqual({ leads: true });
  await expect.poll(() => lost).toMatchObject([{ code: "REDIS_IN_USE" }]);
});

test("those that are there are listed, without one that shows no sign of life", async () => {
  const [first, second] = [join("a"), join("b")];
  await first.beat(true);
  await second.beat(false);
  await first.beat(true);
  // The first look may have found what a dead one left.
  expect(first.present().map(({ member }) => member)).toEqual(["a"]);
  await second.beat(false);
  await first.beat(true);
  expect(first.present().map(({ member, leads }) => `${member} ${leads}`)).toEqual(["a true", "b false"]);
});

test("one that leads beside another pauses before its lease ends when Redis does not answer, and resumes once it is renewed; one that is alone works on", async () => {
  const lost: SitewrightError[] = [];
  const leader = join("a", { leaseMs: 600 });
  await leader.beat(true);
  leader.keep((error) => lost.push(error));
  const outageOver = outage(1_500);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(leader.isPaused()).toBe(false);
  await outageOver;
  await beside(leader, join("b"));
  const again = outage(1_500);
  await expect.poll(() => leader.isPaused()).toBe(true);
  await again;
  await expect.poll(() => leader.isPaused()).toBe(false);
  expect(lost).toEqual([]);
});

test("one that pauses ends when another one led meanwhile, also if that one has ended by then", async () => {
  const lost: SitewrightError[] = [];
  const leader = join("a", { leaseMs: 600 });
  await leader.beat(true);
  const second = join("b");
  await beside(leader, second);
  await at.redis.client.del(KEYS.coordinator);
  expect(await second.beat(true)).toEqual({ leads: true });
  await second.leave();
  leader.keep((error) => lost.push(error));
  await expect.poll(() => lost).toMatchObject([{ code: "NOT_LEADING", message: expect.stringContaining("out of date") as string }]);
});

test("one that finds another of its hierarchy leading is told that it was succeeded, not that its Redis belongs to another", async () => {
  const lost: SitewrightError[] = [];
  const [leader, second] = [join("a", { leaseMs: 600 }), join("b")];
  await leader.beat(true);
  await at.redis.client.del(KEYS.coordinator);
  expect(await second.beat(true)).toEqual({ leads: true });
  leader.keep((error) => lost.push(error));
  await expect.poll(() => lost).toMatchObject([{ code: "NOT_LEADING" }]);
});

test("one that asks whether it still leads is told once its lease is renewed, and never when another one led", async () => {
  const told: string[] = [];
  const [leader, second] = [join("a", { leaseMs: 600 }), join("b")];
  await leader.beat(true);
  await beside(leader, second);
  leader.keep(() => told.push("lost"));
  const [began, outageOver] = [performance.now(), outage(700)];
  await leader.renewed();
  expect(performance.now() - began).toBeGreaterThan(600);
  await outageOver;
  await Promise.all([at.redis.client.del(KEYS.coordinator), second.beat(true)]);
  void leader.renewed().then(() => told.push("renewed"));
  await expect.poll(() => told).toEqual(["lost"]);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(told).toEqual(["lost"]);
});

test("one that pauses ends when Redis does not answer for long, so that its agents go to another one", async () => {
  const lost: SitewrightError[] = [];
  const leader = join("a", { leaseMs: 300 });
  await leader.beat(true);
  await beside(leader, join("b"));
  leader.keep((error) => lost.push(error));
  const outageOver = outage(3_000);
  await expect.poll(() => lost).toMatchObject([{ code: "NOT_LEADING" }]);
  await outageOver;
});

function outage(ms: number): Promise<unknown> {
  return at.redis.client.call("CLIENT", "PAUSE", ms).then(() => at.redis.client.get("x"));
}

/** Waits until one that leads knows of another. */
async function beside(leader: Members, other: Members): Promise<void> {
  await other.beat(false);
  await expect.poll(async () => (await other.beat(false), await leader.beat(true), leader.present().length)).toBe(2);
}

test("what a coordinator that leads no longer would store is refused, and changes nothing", async () => {
  const [first, second] = [join("a"), join("b")];
  await first.beat(true);
  const store = redisRunStore(at.redis.client, first.lease);
  await store.createRun(aRun({ id: "r1" }));
  await store.addPhases("r1", [aPhase({ id: "p1", run: "r1", state: "running" })]);
  await store.changePhase("p1", ["running"], (phase) => ({ ...phase, wireBytes: 1 }));
  await at.redis.client.del(KEYS.coordinator);
  await second.beat(true);
  const refused = { code: "NOT_LEADING" };
  await expect(store.changePhase("p1", ["running"], (phase) => ({ ...phase, state: "waiting" }))).rejects.toMatchObject(refused);
  await expect(store.saveRun(aRun({ id: "r1", state: "done", endedAt: 1 }))).rejects.toMatchObject(refused);
  expect(await store.phase("p1")).toMatchObject({ state: "running", wireBytes: 1 });
  expect((await store.run("r1"))?.endedAt).toBeUndefined();
  await second.leave();
  await expect(store.addPhases("r1", [aPhase({ id: "p2", run: "r1", number: 1 })])).rejects.toMatchObject(refused);
  await expect(store.createRun(aRun({ id: "r2" }))).rejects.toMatchObject(refused);
  await expect(store.setHighestOrdered({ epoch: 1, counter: 1 })).rejects.toMatchObject(refused);
  await expect(store.oweCancel("p1", { system: "SRV1", epoch: 1 })).rejects.toMatchObject(refused);
  await expect(store.cancelSettled("p1")).rejects.toMatchObject(refused);
  expect([await store.highestOrdered(), await store.owedCancels()]).toEqual([undefined, new Map()]);
});
