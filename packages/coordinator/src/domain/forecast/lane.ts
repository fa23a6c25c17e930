import type { Priority } from "@sitewright/protocol";
import { eachSliced, sortSliced } from "../slices.ts";
import type { Address } from "../sites/hierarchy.ts";

/** What is still to be transferred for one unit on one system. */
export interface Job {
  id: string;
  system: string;
  site: string;
  /** For a CAP or logon point: packages of its site must not use the line meanwhile. */
  first: boolean;
  priority: Priority;
  /** On the line, headers included. */
  bits: number;
  /** Its agent works on it. */
  underWay: boolean;
}

/** Work that crosses the same lines and shares slots. */
export interface LaneWork {
  key: string;
  /** Its own line first; empty: the coordinator's own network. */
  path: readonly Address[];
  /** Jobs in progress at once. */
  concurrency: number;
  /** In the order of work. */
  jobs: readonly Job[];
}

export interface ActiveJob {
  job: Job;
  left: number;
  /** Not transferred before, ms since 1970. */
  readyAt: number;
  queue: Queue;
}

/** Jobs that are blocked by the same conditions. */
interface Queue {
  system: string;
  site: string;
  first: boolean;
  priority: Priority;
  waiting: { job: Job; left: number; turn: number }[];
  /** Index of the next to start. */
  next: number;
}

export interface Lane {
  readonly work: LaneWork;
  readonly active: ActiveJob[];
  /** Number of its queues, by which the work of one step grows. */
  readonly breadth: number;
  unfinished(): number;
  /** Stops what is no longer admitted, and starts what is due; a job's first bytes are transferred `fixedMs` after its start. */
  fill(admits: (priority: Priority) => boolean, now: number): void;
  finish(done: ActiveJob): void;
  /** When the next waiting job may start; undefined when none waits. */
  nextPriority(): Priority | undefined;
}

/** Yields periodically. @param perSystem Jobs of one system in progress at once. @param fixedMs From a job's start to its first byte. */
export function* createLane(work: LaneWork, perSystem: number, fixedMs: number): Generator<void, Lane> {
  const queues = yield* queuesOf(work.jobs);
  const active: ActiveJob[] = [];
  let unfinished = work.jobs.length;

  const heads = (): Queue[] => queues.filter(({ waiting, next }) => next < waiting.length);
  const turnOf = ({ waiting, next }: Queue): number => waiting[next]?.turn ?? Infinity;

  function putBack(queue: Queue): void {
    const own = active.filter((one) => one.queue === queue);
    queue.next -= own.length;
    for (const [index, { job, left }] of own.entries()) queue.waiting[queue.next + index] = { job, left, turn: 0 };
    for (const one of own) active.splice(active.indexOf(one), 1);
  }

  function start(queue: Queue, now: number): void {
    const head = queue.waiting[queue.next++];
    if (head) active.push({ ...head, queue, readyAt: head.job.underWay ? now : now + fixedMs });
  }

  return {
    work,
    active,
    breadth: queues.length,
    unfinished: () => unfinished,
    fill(admits, now) {
      for (const queue of new Set(active.map((one) => one.queue))) if (!admits(queue.priority)) putBack(queue);
      const candidates = heads().filter(({ priority }) => admits(priority));
      while (active.length < work.concurrency) {
        const sites = new Set(
          [...candidates.filter((queue) => queue.next < queue.waiting.length), ...active.map(({ queue }) => queue)].flatMap((queue) =>
            queue.first ? [queue.site] : [],
          ),
        );
        let best: Queue | undefined;
        for (const queue of candidates) {
          if (turnOf(queue) >= (best ? turnOf(best) : Infinity) || (!queue.first && sites.has(queue.site))) continue;
          if (active.filter(({ job }) => job.system === queue.system).length < perSystem) best = queue;
        }
        if (!best) return;
        start(best, now);
      }
    },
    finish(done) {
      active.splice(active.indexOf(done), 1);
      unfinished -= 1;
    },
    nextPriority: () =>
      heads().reduce<Queue | undefined>((best, queue) => (best && turnOf(best) <= turnOf(queue) ? best : queue), undefined)?.priority,
  };
}

function* queuesOf(jobs: readonly Job[]): Generator<void, Queue[]> {
  const queues = new Map<string, Queue>();
  yield* eachSliced(jobs.entries(), ([index, job]) => {
    const { system, site, first, priority } = job;
    const key = `${system} ${priority} ${first}`;
    const queue = queues.get(key) ?? { system, site, first, priority, waiting: [], next: 0 };
    queues.set(key, queue);
    queue.waiting.push({ job, left: job.bits, turn: job.underWay ? 0 : index + 1 });
  });
  for (const queue of queues.values()) queue.waiting = yield* sortSliced(queue.waiting, (a, b) => a.turn - b.turn);
  return [...queues.values()];
}
