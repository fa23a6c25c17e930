import type { Phase } from "../../../domain/runs/run.ts";
import { OLDER_KEYS } from "../keys.ts";
import { decodeRecord, RECORDS } from "../records.ts";
import { unlinkFenced } from "../scripts.ts";
import type { RedisClient } from "../server/connection.ts";

/** Commands of one round trip. */
const BATCH = 500;

/** Phases as coordinators of form 1 stored them: each as one JSON record. They are read, and moved into a plan before one of them changes. */
export interface OlderPhases {
  has(run: string): Promise<boolean>;
  /** In the order of the plan. */
  of(run: string): Promise<Phase[]>;
  phase(id: string): Promise<Phase | undefined>;
  /** Removes what is in a plan by now, and what was never listed. */
  forgetMoved(run: string): Promise<void>;
  /** Removes all phases of a run. @returns Their ids. */
  forget(run: string): Promise<string[]>;
}

/** @param lease Of this coordinator; "": it has none. */
export function createOlderPhases(redis: RedisClient, lease: string): OlderPhases {
  async function read(ids: readonly string[]): Promise<Phase[]> {
    const phases: Phase[] = [];
    for (const some of batches(ids)) {
      const pipeline = redis.pipeline();
      for (const id of some) pipeline.hget(OLDER_KEYS.phase(id), "json");
      for (const [i, [error, json]] of ((await pipeline.exec()) ?? []).entries()) {
        if (error) throw error;
        if (typeof json === "string") phases.push(decodeRecord(RECORDS.phase, OLDER_KEYS.phase(some[i] ?? ""), json));
      }
    }
    return phases;
  }

  /** Removes the phases that a list names, and the list. */
  async function remove(list: string): Promise<string[]> {
    const ids = await redis.zrange(list, "0", "-1");
    // The list last: it names what is left if this coordinator is killed.
    await unlinkFenced(redis, lease, [...ids.map(OLDER_KEYS.phase), ...(ids.length > 0 ? [list] : [])]);
    return ids;
  }

  const has = async (run: string): Promise<boolean> => (await redis.exists(OLDER_KEYS.phases(run))) === 1;

  async function forgetMoved(run: string): Promise<string[]> {
    return [...(await remove(OLDER_KEYS.moved(run))), ...(await remove(OLDER_KEYS.coming(run)))];
  }

  return {
    has,
    of: async (run) => read(await redis.zrange(OLDER_KEYS.phases(run), "0", "-1")),
    phase: async (id) => (await read([id]))[0],
    async forgetMoved(run) {
      // Of a run that is not in a plan yet, phases that come may be listed as well.
      if (!(await has(run))) await forgetMoved(run);
    },
    forget: async (run) => [...(await remove(OLDER_KEYS.phases(run))), ...(await forgetMoved(run))],
  };
}

function* batches<T>(all: readonly T[]): Generator<T[]> {
  for (let from = 0; from < all.length; from += BATCH) yield all.slice(from, from + BATCH);
}
