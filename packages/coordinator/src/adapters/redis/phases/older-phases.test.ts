import { expect, test } from "vitest";
import type { Phase } from "../../../domain/runs/run.ts";
import { aPhase } from "../../../../test-support/fakes.ts";
import { useRedis } from "../../../../test-support/redis/redis-fixture.ts";
import { KEYS, OLDER_KEYS } from "../keys.ts";
import { redisRunStore } from "../run-store.ts";
import type { RedisClient } from "../server/connection.ts";

const at = useRedis();
const IDS = Array.from({ length: 300 }, (_, i) => `p${i}`);

/** A run as coordinators of form 1 stored it, killed while they stored one more phase. */
async function storeForm1(): Promise<void> {
  const { client } = at.redis;
  for (const [number, id] of [...IDS, "unlisted"].entries()) {
    const phase = aPhase({ id, run: "r1", number, state: "waiting" });
    await client.hset(OLDER_KEYS.phase(id), { revision: "x", json: JSON.stringify(phase) });
    await client.zadd(id === "unlisted" ? OLDER_KEYS.coming("r1") : OLDER_KEYS.phases("r1"), number, id);
  }
}

/** A client of a process that is killed after some commands. */
function killedAfter(commands: number): RedisClient {
  let left = commands;
  const count = (): void => {
    if (left-- <= 0) throw new Error("killed");
  };
  return new Proxy(at.redis.client, {
    get(client, name) {
      const value: unknown = Reflect.get(client, name);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        count();
        return (value as (...args: unknown[]) => unknown).apply(client, args);
      };
    },
  });
}

const released = (phase: Phase): Phase => ({ ...phase, state: "released" });

test("whenever a coordinator is killed while it moves phases of form 1 into a plan, the run has all of them, and the next one finishes", async () => {
  for (let commands = 0, killed = true; killed; commands++) {
    await at.redis.client.flushall();
    await storeForm1();
    killed = await redisRunStore(killedAfter(commands))
      .changePhase("p7", ["waiting"], released)
      .then(
        () => false,
        () => true,
      );
    const next = redisRunStore(at.redis.client);
    expect(
      (await next.phases("r1")).map(({ id }) => id),
      `after ${commands} commands`,
    ).toEqual(IDS);
    expect((await next.phase("p8"))?.state).toBe("waiting");
    await next.changePhase("p9", ["waiting"], released);
    await next.changePhase("p7", ["waiting"], released);
    const states = (await next.phases("r1")).map(({ id, state }) => [id, state]);
    expect(states).toEqual(IDS.map((id) => [id, id === "p7" || id === "p9" ? "released" : "waiting"]));
    await next.addPhases("r1", [aPhase({ id: "p300", run: "r1", number: 300 })]);
    expect(await at.redis.client.exists(OLDER_KEYS.phases("r1"), OLDER_KEYS.moved("r1"), OLDER_KEYS.coming("r1"))).toBe(0);
    expect(await at.redis.client.keys(OLDER_KEYS.phase("*"))).toEqual([]);
    expect(commands).toBeLessThan(100);
  }
});

test("a run of form 1 that is old is removed with its phases", async () => {
  await storeForm1();
  const store = redisRunStore(at.redis.client);
  const run = (id: string, createdAt: number): object => ({
    id,
    kind: "rebuild",
    state: "done",
    options: {},
    problems: [],
    createdAt,
    endedAt: createdAt,
  });
  await at.redis.client.set(KEYS.run("r1"), JSON.stringify(run("r1", 1)));
  await at.redis.client.zadd(KEYS.runs, 1, "r1");
  await store.oweCancel("p3", { system: "S1", epoch: 1 });
  for (let n = 2; n <= 200; n++) await at.redis.client.zadd(KEYS.runs, n, `n${n}`);
  await store.saveRun(run("n201", 201) as Parameters<typeof store.saveRun>[0]);
  expect([await store.run("r1"), await store.phases("r1"), await store.phase("p3")]).toEqual([undefined, [], undefined]);
  expect((await store.owedCancels()).size).toBe(0);
  expect(await at.redis.client.keys("{sw}:phase*")).toEqual([]);
});
