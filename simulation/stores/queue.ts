import type { JobQueue } from "../../packages/coordinator/src/app/ports/runs.ts";
import { SitewrightError } from "@sitewright/protocol";
import type { Random } from "../time/random.ts";
import type { Process, VirtualTime } from "../time/virtual-time.ts";
import type { SimulatedRedis } from "./redis.ts";

/** The queue of released phases in Redis, as a worker of one process sees it: jobs are lost with Redis, and begin late during an outage. */
export function createQueue(time: VirtualTime, random: Random, redis: SimulatedRedis, process: Process): JobQueue & { lose(): void } {
  let waiting: { id: string; priority: number }[] = [];
  const running = new Map<Promise<void>, AbortController>();
  let work: ((phase: string, signal: AbortSignal) => Promise<void>) | undefined;

  function begin(): void {
    if (!work || process.isDead || !redis.isReached(process)) return;
    waiting.sort((a, b) => a.priority - b.priority);
    for (const { id } of waiting.splice(0)) {
      const abort = new AbortController();
      const job = time.as(process, () => (work as NonNullable<typeof work>)(id, abort.signal));
      running.set(job, abort);
      void job.finally(() => running.delete(job));
    }
  }

  return {
    async add({ id, priority }) {
      if (!redis.isReached(process)) throw new SitewrightError("REDIS_UNREACHABLE", "the job could not be stored");
      waiting.push({ id, priority });
      time.after(random.whole(1, 20), () => time.reach(process, begin));
    },
    async start(perform) {
      work = perform;
      begin();
    },
    async close() {
      work = undefined;
      for (const abort of running.values()) abort.abort();
      await Promise.all(running.keys());
    },
    lose() {
      waiting = random.chance(0.5) ? [] : waiting;
      time.after(1_000, () => time.reach(process, begin));
    },
  };
}
