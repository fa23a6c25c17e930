import { randomUUID } from "node:crypto";
import { SitewrightError } from "@sitewright/protocol";
import type { OwedCancel, RunStore } from "../../app/ports.ts";
import type { Phase, Run } from "../../domain/runs/run.ts";
import { reaching, type RedisClient } from "./server/connection.ts";
import { KEYS } from "./keys.ts";
import { decodeRecord, encodeRecord, RECORDS } from "./records.ts";
import { CHANGE_PHASE, CREATE_RUN, SAVE_RUN } from "./scripts.ts";

/** Ended runs that are kept, with their phases. */
const KEPT_RUNS = 200;
/** Commands of one round trip. */
const BATCH = 500;

/**
 * The run store in Redis. Throws `REDIS_UNREACHABLE` during a long outage, and `NOT_LEADING` while another coordinator leads.
 * @param lease Of this coordinator; "": it has none.
 */
export function redisRunStore(redis: RedisClient, lease = ""): RunStore {
  async function run(id: string): Promise<Run | undefined> {
    return parse(RECORDS.run, KEYS.run(id), await redis.get(KEYS.run(id)));
  }

  async function createRun(run: Run): Promise<boolean> {
    return (await redis.eval(CREATE_RUN, 2, KEYS.run(run.id), KEYS.runs, run.id, run.createdAt, encodeRecord(RECORDS.run, run))) === 1;
  }

  async function saveRun(run: Run): Promise<void> {
    const json = encodeRecord(RECORDS.run, run);
    const saved = await redis.eval(SAVE_RUN, 3, KEYS.run(run.id), KEYS.runs, KEYS.coordinator, run.id, run.createdAt, json, lease);
    if (saved === -1) throw notLeading();
    if (run.endedAt === undefined) return;
    await forgetUnlisted(run.id);
    await forgetOldRuns();
  }

  async function forgetOldRuns(): Promise<void> {
    const old = await redis.zrange(KEYS.runs, "0", String(-KEPT_RUNS - 1));
    for (const id of old) {
      const known = await run(id);
      if (known && known.endedAt === undefined) continue;
      const phases = await redis.zrange(KEYS.runPhases(id), "0", "-1");
      for (const ids of batches(phases)) {
        await redis.unlink(ids.map(KEYS.phase));
        await redis.hdel(KEYS.owedCancels, ...ids);
      }
      await redis.multi().unlink(KEYS.run(id), KEYS.runPhases(id), KEYS.runForecast(id)).zrem(KEYS.runs, id).exec();
    }
  }

  async function read(ids: readonly string[]): Promise<Phase[]> {
    const phases: Phase[] = [];
    for (const some of batches(ids)) {
      const pipeline = redis.pipeline();
      for (const id of some) pipeline.hget(KEYS.phase(id), "json");
      for (const [i, [error, json]] of ((await pipeline.exec()) ?? []).entries()) {
        if (error) throw error;
        const phase = parse(RECORDS.phase, KEYS.phase(some[i] ?? ""), json as string | null);
        if (phase) phases.push(phase);
      }
    }
    return phases;
  }

  async function changePhase(id: string, from: readonly Phase["state"][], change: (phase: Phase) => Phase): Promise<Phase | undefined> {
    for (;;) {
      const [revision, stored] = await redis.hmget(KEYS.phase(id), "revision", "json");
      const phase = parse(RECORDS.phase, KEYS.phase(id), stored);
      if (!phase || !revision || !from.includes(phase.state)) return undefined;
      const changed = change(phase);
      const json = encodeRecord(RECORDS.phase, changed);
      const done = await redis.eval(CHANGE_PHASE, 2, KEYS.phase(id), KEYS.coordinator, revision, randomUUID(), json, lease);
      if (done === -1) throw notLeading();
      if (done === 1) return changed;
    }
  }

  async function owedCancels(): Promise<Map<string, OwedCancel>> {
    const stored = Object.entries(await redis.hgetall(KEYS.owedCancels));
    return new Map(stored.map(([id, json]) => [id, decodeRecord(RECORDS.owedCancel, `${KEYS.owedCancels} ${id}`, json)]));
  }

  async function addPhases(run: string, phases: Phase[]): Promise<void> {
    if (phases.length === 0) return;
    await forgetUnlisted(run);
    const coming = KEYS.runPhasesComing(run);
    // In parts: no command takes a million arguments. Each is named before it is stored, so that nothing is left that no list names.
    for (const some of batches(phases)) {
      const pipeline = redis.pipeline().zadd(coming, ...some.flatMap(({ number, id }) => [number, id]));
      for (const phase of some) pipeline.hset(KEYS.phase(phase.id), { revision: randomUUID(), json: encodeRecord(RECORDS.phase, phase) });
      for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
    }
    await list(run);
  }

  /** By one command at the end: a run has all of its phases or none, whenever the coordinator is killed. */
  async function list(run: string): Promise<void> {
    const [listed, coming] = [KEYS.runPhases(run), KEYS.runPhasesComing(run)];
    const renamed = await redis.renamenx(coming, listed).catch((error: Error) => {
      // Done already, by a command whose answer was lost and which the client sent again.
      if (error.message.includes("no such key")) return 0;
      throw error;
    });
    if (renamed === 1) return;
    const joined = await redis.multi().zunionstore(listed, 2, listed, coming, "AGGREGATE", "MAX").unlink(coming).exec();
    for (const [error] of joined ?? []) if (error) throw error;
  }

  /** Removes the phases that a coordinator stored, but was killed before it listed them. */
  async function forgetUnlisted(run: string): Promise<void> {
    const coming = await redis.zrange(KEYS.runPhasesComing(run), "0", "-1");
    if (coming.length === 0) return;
    const listed = new Set(await redis.zrange(KEYS.runPhases(run), "0", "-1"));
    for (const ids of batches(coming.filter((id) => !listed.has(id)))) await redis.unlink(ids.map(KEYS.phase));
    await redis.unlink(KEYS.runPhasesComing(run));
  }

  return {
    createRun: (run) => reaching(() => createRun(run)),
    saveRun: (run) => reaching(() => saveRun(run)),
    run: (id) => reaching(() => run(id)),
    runs: (limit) =>
      reaching(async () => {
        const keys = (await redis.zrange(KEYS.runs, "0", String(limit - 1), "REV")).map(KEYS.run);
        const texts = await mget(redis, keys);
        return texts.flatMap((json, i) => parse(RECORDS.run, keys[i] ?? "", json) ?? []);
      }),
    addPhases: (run, phases) => reaching(() => addPhases(run, phases)),
    phases: (run) => reaching(async () => read(await redis.zrange(KEYS.runPhases(run), "0", "-1"))),
    phase: (id) => reaching(async () => (await read([id]))[0]),
    changePhase: (id, from, change) => reaching(() => changePhase(id, from, change)),
    owedCancels: () => reaching(owedCancels),
    oweCancel: async (id, owed) => void (await reaching(() => redis.hset(KEYS.owedCancels, id, encodeRecord(RECORDS.owedCancel, owed)))),
    cancelSettled: async (id) => void (await reaching(() => redis.hdel(KEYS.owedCancels, id))),
    highestOrdered: () => reaching(async () => parse(RECORDS.generation, KEYS.generation, await redis.get(KEYS.generation))),
    setHighestOrdered: async (generation) =>
      void (await reaching(() => redis.set(KEYS.generation, encodeRecord(RECORDS.generation, generation)))),
  };
}

function notLeading(): SitewrightError {
  return new SitewrightError("NOT_LEADING", "another coordinator leads now: this one changes nothing any more");
}

async function mget(redis: RedisClient, keys: string[]): Promise<(string | null)[]> {
  return keys.length === 0 ? [] : redis.mget(keys);
}

function parse<T extends object>(kind: Parameters<typeof decodeRecord<T>>[0], key: string, json: string | null | undefined): T | undefined {
  return json ? decodeRecord(kind, key, json) : undefined;
}

function* batches<T>(all: readonly T[]): Generator<T[]> {
  for (let from = 0; from < all.length; from += BATCH) yield all.slice(from, from + BATCH);
}
