import { Queue, Worker } from "bullmq";
import type { Log } from "../app/log.ts";
import type { JobQueue } from "../app/ports/runs.ts";
import { connectRedis, hangUp, reaching } from "./redis/server/connection.ts";
import { PREFIX } from "./redis/keys.ts";
import type { RedisPlace } from "./redis/server/redis-place.ts";

const NAME = "phases";
/** Jobs may run twice, but none may be lost. */
const MANY = 1_000_000_000;
/** Running jobs are told to stop and get this long, ms. */
const CLOSE_TIMEOUT = 3_000;

interface PhaseJob {
  /** In their order. */
  phases: { phase: string; epoch: number }[];
}

interface Added {
  id: string;
  epoch: number;
  priority: number;
}

/**
 * Released phases in one BullMQ queue. Those that are added in one turn of the event loop are one job: a job costs as much for many phases as
 * for one.
 * @param slots Jobs processed at once.
 */
export function bullmqQueue({ place, slots, log }: { place: RedisPlace; slots: number; log: Log }): JobQueue {
  // Adding fails after some seconds without Redis, and the phase returns to the backlog; the worker waits indefinitely.
  const closing = new AbortController();
  const producer = connectRedis(place, {}, closing.signal);
  const consumer = connectRedis(place, { maxRetriesPerRequest: null, socketTimeout: undefined }, closing.signal);
  const queue = new Queue<PhaseJob>(NAME, {
    connection: producer,
    prefix: PREFIX,
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
  });
  let worker: Worker<PhaseJob> | undefined;
  const running = new Set<Promise<void>>();
  const report = (error: Error): void => log.debug({ error: error.message }, "the queue reports an error");
  queue.on("error", report);
  /** Added in this turn of the event loop. */
  let adding: { phases: Added[]; job: Promise<void> } | undefined;

  async function addTogether(phases: Added[]): Promise<void> {
    await new Promise<void>((resolve) => process.nextTick(resolve));
    adding = undefined;
    const sorted = phases.toSorted((a, b) => a.priority - b.priority);
    const priority = sorted[0]?.priority ?? 1;
    await queue.add("phases", { phases: sorted.map(({ id, epoch }) => ({ phase: id, epoch })) }, { priority });
  }

  return {
    async add(phase) {
      if (adding) adding.phases.push(phase);
      else {
        const phases = [phase];
        adding = { phases, job: addTogether(phases) };
      }
      await adding.job;
    },
    async start(work) {
      // The backlog is authoritative: what an earlier coordinator had released goes through the backlog again.
      await reaching(async () => {
        await queue.obliterate({ force: true });
        await queue.resume();
      });
      // The library passes a signal to functions of three parameters, of which none has a default.
      const run = async ({ data }: { data: PhaseJob }, _token: string | undefined, signal: AbortSignal | undefined): Promise<void> => {
        const works = data.phases.map(({ phase }) => work(phase, signal ?? AbortSignal.abort()));
        for (const one of works) running.add(one);
        await Promise.all(works).finally(() => works.forEach((one) => running.delete(one)));
      };
      const ready = new Worker<PhaseJob>(NAME, run, {
        connection: consumer,
        prefix: PREFIX,
        concurrency: slots,
        lockDuration: 10_000,
        stalledInterval: 5_000,
        maxStalledCount: MANY,
        // After an outage the next job is fetched soon, instead of after the default of 15 s.
        runRetryDelay: 1_000,
      });
      worker = ready;
      ready.on("error", report);
      await reaching(() => ready.waitUntilReady());
    },
    async close() {
      worker?.cancelAllJobs("the coordinator stops");
      await within(Promise.allSettled(running), CLOSE_TIMEOUT);
      closing.abort();
      // By force: the library would first wait for the connection on which it fetches jobs, for good if there is no Redis.
      if (worker) await within(worker.close(true), CLOSE_TIMEOUT);
      await within(queue.close(), CLOSE_TIMEOUT);
      for (const client of [consumer, producer]) hangUp(client);
    },
  };
}

/** False when it took too long; a close that fails has nothing left to close. */
async function within(closing: Promise<unknown>, ms: number): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), ms);
  const done = closing.then(
    () => true,
    () => true,
  );
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
}
