import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DEFAULT_OPTIONS } from "@sitewright/protocol";
import type { RunStore } from "../../packages/coordinator/src/app/ports/runs.ts";
import { redisRunStore } from "../../packages/coordinator/src/adapters/redis/run-store.ts";
import { connectRedis, type RedisClient } from "../../packages/coordinator/src/adapters/redis/server/connection.ts";
import { assignmentsIn } from "../../packages/coordinator/src/domain/runs/selection.ts";
import { afterOutcome, begun } from "../../packages/coordinator/src/domain/runs/phase.ts";
import type { Phase, Run } from "../../packages/coordinator/src/domain/runs/run.ts";
import { finish } from "../../packages/coordinator/src/domain/slices.ts";
import type { Case, Context } from "../case.ts";
import { kill, start } from "../machine/processes.ts";
import { compare, oursAtMost } from "../measure.ts";
import { largeHierarchy, plannedOn } from "./hierarchy.ts";

const SYSTEMS = 200;
const PACKAGES = 500;
/** Changes that are under way at a time. */
const AT_ONCE = 100;
const GOAL_BYTES = 100;

const RUN: Run = { id: "run", kind: "rebuild", state: "running", options: DEFAULT_OPTIONS, createdAt: Date.now(), problems: [] };

/** Bytes of Redis, and microseconds of this process. */
interface Round {
  open: number;
  finished: number;
  failed: number;
  system: number;
  add: number;
  change: number;
  read: number;
}

export const redisMemory: Case = {
  name: "redis-memory",
  about: `a rebuild of ${PACKAGES} packages on ${SYSTEMS} systems in Redis: memory of a phase that waits, of one that is done and of one that failed, and what they take together for each system`,
  goal: `<= ${GOAL_BYTES} bytes a phase that is done`,
  async run(context) {
    const rounds: Round[] = [];
    for (let round = 0; round < context.rounds; round++) rounds.push(await measured(context));
    const none = rounds.map(() => 0);
    const of = (what: keyof Round): number[] => rounds.map((round) => round[what]);
    const last = rounds.at(-1);
    return {
      measures: [
        compare({ what: "memory of a phase that is done", unit: "bytes" }, of("finished"), none, oursAtMost(GOAL_BYTES)),
        compare({ what: "memory of a phase that waits", unit: "bytes" }, of("open"), none),
        compare({ what: "memory of a phase that failed", unit: "bytes" }, of("failed"), none),
        compare({ what: "memory of a system", unit: "bytes" }, of("system"), none),
      ],
      facts: [
        `processor time of the client: ${last?.add.toFixed(1)} us to add a phase, ${last?.change.toFixed(0)} us to change one, ${last?.read.toFixed(1)} us to read one`,
      ],
    };
  },
};

async function measured(context: Context): Promise<Round> {
  const folder = context.folder("memory");
  const socket = join(folder, "redis.sock");
  const redis = start("redis-server", ["--port", "0", "--unixsocket", socket, "--dir", folder, "--save", "", "--appendonly", "no"]);
  try {
    const client = connectRedis({ kind: "socket", path: socket });
    try {
      return await measuredIn(context, client);
    } finally {
      client.disconnect();
    }
  } finally {
    await kill(redis);
  }
}

async function measuredIn({ scale, say }: Context, client: RedisClient): Promise<Round> {
  const store = redisRunStore(client);
  const systems = Math.ceil(SYSTEMS / scale);
  const large = largeHierarchy(systems, PACKAGES);
  const phases = finish(plannedOn(large, finish(assignmentsIn(large.hierarchy, large.servedBy, large.wanted)), RUN));
  const count = phases.length;
  await store.createRun(RUN);
  const empty = await used(client);
  const add = await timed(() => store.addPhases(RUN.id, phases));
  const planned = await used(client);
  const change = await timed(() => each(phases, (phase) => carryOut(store, phase)));
  const done = await used(client);
  // A tenth of them fails after all.
  const failing = phases.slice(0, count / 10);
  await each(failing, (phase) => fail(store, phase));
  const failed = await used(client);
  const read = await timed(() => store.phases(RUN.id));
  const round = {
    open: (planned - empty) / count,
    finished: (done - empty) / count,
    failed: (done - empty) / count + (failed - done) / failing.length,
    system: (done - empty) / systems,
    add: (add * 1000) / count,
    change: (change * 1000) / (2 * count),
    read: (read * 1000) / count,
  };
  say(
    `${round.open.toFixed(0)} bytes a phase that waits, ${round.finished.toFixed(0)} when it is done, ${round.failed.toFixed(0)} when it failed`,
  );
  return round;
}

/** As an agent does: it begins, and ends after a while, with an outcome as its task has it. */
async function carryOut(store: RunStore, { id, number, task }: Phase): Promise<void> {
  const now = Date.now() + number;
  const bytes = 1_000_000 + number;
  await store.changePhase(id, ["waiting"], (phase) => ({ ...begun(phase, now), wireBytes: task === "stage" ? bytes : 0 }));
  const staged = { kind: "staged", files: 50, reusedBytes: number, fetchedBytes: bytes, retriedBytes: 0 } as const;
  const outcome = task === "stage" ? staged : ({ kind: "activated", folders: 1, previous: true } as const);
  await store.changePhase(id, ["running"], (phase) => afterOutcome(phase, outcome, now + 30_000 + number));
}

async function fail(store: RunStore, { id }: Phase): Promise<void> {
  const message = "the disk of the role root /srv/sms/smspkgd$ is full: 1.2 GB are needed, 0.4 GB are free";
  const outcome = { kind: "failed", code: "DISK_FULL", message, path: "/srv/sms/smspkgd$", retryable: false } as const;
  await store.changePhase(id, ["done"], (phase) => afterOutcome(phase, outcome, Date.now()));
}

/** Bytes that Redis uses, once what it frees in the background is free. */
async function used(client: RedisClient): Promise<number> {
  await sleep(200);
  const text = await (client as { info(section: string): Promise<string> }).info("memory");
  return Number(/^used_memory:(\d+)/m.exec(text)?.[1]);
}

/** Processor time of this process, ms: what else runs on the machine does not count. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) await work(items[i] as T);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
