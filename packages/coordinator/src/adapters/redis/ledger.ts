import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import type { Generation } from "@sitewright/protocol";
import type { Ledger } from "../../app/ports.ts";
import type { Phase, Run } from "../../domain/runs/run.ts";
import { reaching } from "./connection.ts";
import { KEYS } from "./keys.ts";
import { CHANGE_PHASE, CREATE_RUN } from "./scripts.ts";

/** Ended runs that are kept, with their phases. */
const KEPT_RUNS = 200;
/** Commands of one round trip. */
const BATCH = 500;

/** The ledger in Redis. Throws `REDIS_UNREACHABLE` when an outage lasts. */
export function redisLedger(redis: Redis): Ledger {
  async function run(id: string): Promise<Run | undefined> {
    return parse<Run>(await redis.get(KEYS.run(id)));
  }

  async function createRun(run: Run): Promise<boolean> {
    return (await redis.eval(CREATE_RUN, 2, KEYS.run(run.id), KEYS.runs, run.id, run.createdAt, JSON.stringify(run))) === 1;
  }

  async function saveRun(run: Run): Promise<void> {
    const saved = await redis.multi().set(KEYS.run(run.id), JSON.stringify(run)).zadd(KEYS.runs, run.createdAt, run.id).exec();
    for (const [error] of saved ?? []) if (error) throw error;
    if (run.endedAt !== undefined) await forgetOldRuns();
  }

  async function forgetOldRuns(): Promise<void> {
    const old = await redis.zrange(KEYS.runs, "0", String(-KEPT_RUNS - 1));
    for (const id of old) {
      const known = await run(id);
      if (known && known.endedAt === undefined) continue;
      const phases = await redis.zrange(KEYS.runPhases(id), "0", "-1");
      for (const ids of batches(phases)) await redis.unlink(ids.map(KEYS.phase));
      await redis.multi().unlink(KEYS.run(id), KEYS.runPhases(id), KEYS.runForecast(id)).zrem(KEYS.runs, id).exec();
    }
  }

  async function read(ids: readonly string[]): Promise<Phase[]> {
    const phases: Phase[] = [];
    for (const some of batches(ids)) {
      const pipeline = redis.pipeline();
      for (const id of some) pipeline.hget(KEYS.phase(id), "json");
      for (const [error, json] of (await pipeline.exec()) ?? []) {
        if (error) throw error;
        const phase = parse<Phase>(json as string | null);
        if (phase) phases.push(phase);
      }
    }
    return phases;
  }

  async function changePhase(id: string, from: readonly Phase["state"][], change: (phase: Phase) => Phase): Promise<Phase | undefined> {
    for (;;) {
      const [revision, json] = await redis.hmget(KEYS.phase(id), "revision", "json");
      const phase = parse<Phase>(json);
      if (!phase || !revision || !from.includes(phase.state)) return undefined;
      const changed = change(phase);
      const done = await redis.eval(CHANGE_PHASE, 1, KEYS.phase(id), revision, randomUUID(), JSON.stringify(changed));
      if (done === 1) return changed;
    }
  }

  async function addPhases(run: string, phases: Phase[]): Promise<void> {
    for (const some of batches(phases)) {
      const pipeline = redis.pipeline();
      for (const phase of some) pipeline.hset(KEYS.phase(phase.id), { revision: randomUUID(), json: JSON.stringify(phase) });
      for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
    }
    // One command at the end: a run has all of its phases or none, whenever we are killed.
    if (phases.length > 0) await redis.zadd(KEYS.runPhases(run), ...phases.flatMap(({ number, id }) => [number, id]));
  }

  return {
    createRun: (run) => reaching(() => createRun(run)),
    saveRun: (run) => reaching(() => saveRun(run)),
    run: (id) => reaching(() => run(id)),
    runs: (limit) =>
      reaching(async () => parseAll<Run>(await mget(redis, (await redis.zrange(KEYS.runs, "0", String(limit - 1), "REV")).map(KEYS.run)))),
    addPhases: (run, phases) => reaching(() => addPhases(run, phases)),
    phases: (run) => reaching(async () => read(await redis.zrange(KEYS.runPhases(run), "0", "-1"))),
    phase: (id) => reaching(async () => (await read([id]))[0]),
    changePhase: (id, from, change) => reaching(() => changePhase(id, from, change)),
    highestOrdered: () => reaching(async () => parse<Generation>(await redis.get(KEYS.generation))),
    setHighestOrdered: async (generation) => void (await reaching(() => redis.set(KEYS.generation, JSON.stringify(generation)))),
  };
}

async function mget(redis: Redis, keys: string[]): Promise<(string | null)[]> {
  return keys.length === 0 ? [] : redis.mget(keys);
}

function parse<T>(json: string | null | undefined): T | undefined {
  return json ? (JSON.parse(json) as T) : undefined;
}

function parseAll<T>(texts: readonly (string | null)[]): T[] {
  return texts.flatMap((text) => (text ? [JSON.parse(text) as T] : []));
}

function* batches<T>(all: readonly T[]): Generator<T[]> {
  for (let from = 0; from < all.length; from += BATCH) yield all.slice(from, from + BATCH);
}
