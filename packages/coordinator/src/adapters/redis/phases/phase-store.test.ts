import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { createPhaseIds, placeOfPhaseId } from "../../../domain/runs/phase-ids.ts";
import { aPhase, aRun } from "../../../../test-support/fakes.ts";
import { useRedis } from "../../../../test-support/redis/redis-fixture.ts";
import { KEYS } from "../keys.ts";
import { redisRunStore } from "../run-store.ts";
import { LIST_PLAN, SAVE_RUN } from "../scripts.ts";
import { createPhaseStore } from "./phase-store.ts";

const at = useRedis();
const [FORMER, LEADING] = ["lease of the former one", "lease of the one that leads"];

/** Phases of a run, whose ids tell where they are. */
function somePhases(count = 300) {
  const idOf = createPhaseIds(randomUUID());
  return Array.from({ length: count }, (_, number) => aPhase({ id: idOf(number), run: "r1", number, state: "waiting" }));
}

/** The client, with something done around each script. */
function around(act: (script: string, run: () => Promise<unknown>) => Promise<unknown>) {
  const client = Object.create(at.redis.client) as typeof at.redis.client;
  client.eval = ((...call: Parameters<typeof client.eval>) =>
    act(String(call[0]), () => at.redis.client.eval(...call))) as typeof client.eval;
  return client;
}

test("a coordinator that no longer leads does not remove the plan that the one which leads is storing", async () => {
  const { client } = at.redis;
  await client.set(KEYS.leader, LEADING);
  const former = createPhaseStore(client, FORMER);
  const phases = somePhases();
  let refused: unknown;
  const storing = around(async (script, run) => {
    // Everything is stored but not listed yet.
    if (script === LIST_PLAN) refused = await former.forgetUnlisted("r1").catch((error: unknown) => error);
    return run();
  });
  await createPhaseStore(storing, LEADING).add("r1", phases);
  expect(refused).toMatchObject({ code: "NOT_LEADING" });
  expect(await createPhaseStore(client, LEADING).of("r1")).toEqual(phases);
});

test("whenever Redis loses everything while a plan is stored, all of it is stored again", async () => {
  const phases = somePhases(7_000);
  const { client } = at.redis;
  for (let left = 0, isOver = false; !isOver; left++) {
    await client.flushall();
    let calls = 0;
    const losing = around(async (_, run) => {
      if (calls++ === left) await client.flushall();
      return run();
    });
    losing.pipeline = ((...of: Parameters<typeof client.pipeline>) => {
      const pipeline = client.pipeline(...of);
      const exec = pipeline.exec.bind(pipeline);
      pipeline.exec = (async () => {
        if (calls++ === left) await client.flushall();
        return exec();
      }) as typeof exec;
      return pipeline;
    }) as typeof client.pipeline;
    await createPhaseStore(losing, "").add("r1", phases);
    isOver = calls <= left;
    expect(await createPhaseStore(client, "").of("r1")).toHaveLength(phases.length);
  }
});

test("a coordinator that no longer leads removes no run, nor any of its phases", async () => {
  const { client } = at.redis;
  await client.set(KEYS.leader, LEADING);
  const store = redisRunStore(client, LEADING);
  await store.createRun(aRun({ id: "r1" }));
  await store.addPhases("r1", somePhases());
  const keys = async () => (await client.keys("*")).toSorted((a, b) => (a < b ? -1 : 1));
  const before = await keys();
  await expect(createPhaseStore(client, FORMER).forget("r1", [])).rejects.toMatchObject({ code: "NOT_LEADING" });
  expect([await keys(), (await store.phases("r1")).length]).toEqual([before, 300]);
});

test("a coordinator that loses its lead when it has ended a run leaves the runs that are too many to the next one", async () => {
  const { client } = at.redis;
  await client.set(KEYS.leader, FORMER);
  const store = redisRunStore(client, FORMER);
  for (let i = 0; i < 202; i++) await store.createRun(aRun({ id: `r${i}`, createdAt: i, endedAt: i }));
  const losing = around(async (script, run) => {
    const answer = await run();
    if (script === SAVE_RUN) await client.set(KEYS.leader, LEADING);
    return answer;
  });
  const ending = () => aRun({ id: "r201", createdAt: 201, endedAt: 300 });
  await expect(redisRunStore(losing, FORMER).saveRun(ending())).rejects.toMatchObject({ code: "NOT_LEADING" });
  expect(await client.zcard(KEYS.runs)).toBe(202);
  await redisRunStore(client, LEADING).saveRun(ending());
  expect([await client.zcard(KEYS.runs), await client.exists(KEYS.run("r0"), KEYS.run("r1"), KEYS.run("r2"))]).toEqual([200, 1]);
});

test("a phase whose details are lost is reported with its key, and the others can still be read", async () => {
  const { client } = at.redis;
  const store = createPhaseStore(client, "");
  const phases = somePhases(2);
  await store.add("r1", phases);
  const [first = "", second = ""] = phases.map(({ id }) => id);
  const outcome = { kind: "failed", code: "DISK_FULL", message: "full", retryable: false } as const;
  for (const id of [first, second]) await store.change(id, ["waiting"], (phase) => ({ ...phase, state: "failed", outcome }));
  const key = KEYS.planDetails(placeOfPhaseId(first)?.plan ?? "");
  await client.hdel(key, "0");
  const lost = { code: "DATA_FILE_UNUSABLE", message: expect.stringContaining(key) as string };
  await expect(store.phase(first)).rejects.toMatchObject(lost);
  await expect(store.of("r1")).rejects.toMatchObject(lost);
  expect(await store.phase(second)).toMatchObject({ state: "failed", outcome });
});
