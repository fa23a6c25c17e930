import type { OwedCancel, RunStore } from "../../app/ports/runs.ts";
import type { Run } from "../../domain/runs/run.ts";
import { reaching, type RedisClient } from "./server/connection.ts";
import { KEYS } from "./keys.ts";
import { decodeRecord, encodeRecord, RECORDS } from "./records.ts";
import { createPhaseStore } from "./phases/phase-store.ts";
import { CREATE_RUN, evalFenced, FORGET_FIELDS, FORGET_RUN, SAVE_RUN, SET_FIELDS, SET_KEY } from "./scripts.ts";

/** Ended runs that are kept, with their phases. */
const KEPT_RUNS = 200;
/** Phases of all runs together; beyond that, only those of the newest run and of open ones are kept. */
const KEPT_PHASES = 5_000_000;
/** Fields of one command that removes. */
const OWED_AT_ONCE = 500;

/**
 * The run store in Redis. Throws `REDIS_UNREACHABLE` during a long outage, and `NOT_LEADING` while another coordinator leads.
 * @param lease Of this coordinator; "": it has none.
 * @param keptRuns Ended runs that are kept.
 */
export function redisRunStore(redis: RedisClient, lease = "", keptRuns = KEPT_RUNS): RunStore {
  const phases = createPhaseStore(redis, lease);

  async function run(id: string): Promise<Run | undefined> {
    return parse(RECORDS.run, KEYS.run(id), await redis.get(KEYS.run(id)));
  }

  const change = (script: string, key: string, args: string[]): Promise<unknown> =>
    reaching(() => evalFenced(redis, script, lease, [key], args));

  async function createRun(run: Run): Promise<boolean> {
    const args = [run.id, run.createdAt, encodeRecord(RECORDS.run, run)];
    return (await evalFenced(redis, CREATE_RUN, lease, [KEYS.run(run.id), KEYS.runs], args)) === 1;
  }

  async function saveRun(run: Run): Promise<void> {
    const args = [run.id, run.createdAt, encodeRecord(RECORDS.run, run)];
    await evalFenced(redis, SAVE_RUN, lease, [KEYS.run(run.id), KEYS.runs], args);
    if (run.endedAt === undefined) return;
    await phases.forgetUnlisted(run.id);
    await forgetOldRuns();
  }

  /** Of the runs that have ended, those that were created last stay: `keptRuns` at most, with `KEPT_PHASES` phases together. */
  async function forgetOldRuns(): Promise<void> {
    const newest = await redis.zrange(KEYS.runs, "0", "-1", "REV");
    let kept = 0;
    for (const [i, id] of newest.entries()) {
      kept += await phases.count(id);
      if (i === 0 || (i < keptRuns && kept <= KEPT_PHASES)) continue;
      const known = await run(id);
      if (known && known.endedAt === undefined) continue;
      await forget(id);
    }
  }

  async function forget(id: string): Promise<void> {
    const owed = await phases.forget(id, await redis.hkeys(KEYS.owedCancels));
    for (let from = 0; from < owed.length; from += OWED_AT_ONCE)
      await evalFenced(redis, FORGET_FIELDS, lease, [KEYS.owedCancels], owed.slice(from, from + OWED_AT_ONCE));
    await evalFenced(redis, FORGET_RUN, lease, [KEYS.runs, KEYS.run(id), KEYS.runForecast(id)], [id]);
  }

  async function owedCancels(): Promise<Map<string, OwedCancel>> {
    const stored = Object.entries(await redis.hgetall(KEYS.owedCancels));
    return new Map(stored.map(([id, json]) => [id, decodeRecord(RECORDS.owedCancel, `${KEYS.owedCancels} ${id}`, json)]));
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
    addPhases: (run, added) => reaching(() => phases.add(run, added)),
    phases: (run) => reaching(() => phases.of(run)),
    phase: (id) => reaching(() => phases.phase(id)),
    changePhase: (id, from, change) => reaching(() => phases.change(id, from, change)),
    owedCancels: () => reaching(owedCancels),
    oweCancel: async (id, owed) => void (await change(SET_FIELDS, KEYS.owedCancels, [id, encodeRecord(RECORDS.owedCancel, owed)])),
    cancelSettled: async (id) => void (await change(FORGET_FIELDS, KEYS.owedCancels, [id])),
    highestOrdered: () => reaching(async () => parse(RECORDS.generation, KEYS.generation, await redis.get(KEYS.generation))),
    setHighestOrdered: async (generation) => void (await change(SET_KEY, KEYS.generation, [encodeRecord(RECORDS.generation, generation)])),
  };
}

async function mget(redis: RedisClient, keys: string[]): Promise<(string | null)[]> {
  return keys.length === 0 ? [] : redis.mget(keys);
}

function parse<T extends object>(kind: Parameters<typeof decodeRecord<T>>[0], key: string, json: string | null | undefined): T | undefined {
  return json ? decodeRecord(kind, key, json) : undefined;
}
