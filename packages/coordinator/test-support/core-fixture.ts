import { afterEach, beforeEach, expect } from "vitest";
import type { RunState } from "@sitewright/protocol";
import { bullmqQueue } from "../src/adapters/bullmq-queue.ts";
import { nativeObjectStore } from "../src/adapters/site-objects/object-files.ts";
import { redisAddresses } from "../src/adapters/redis/addresses.ts";
import { redisLedgerCopy } from "../src/adapters/redis/ledger-copy.ts";
import { loadKnowledge } from "@sitewright/expert/load";
import { memoryLines, startLedger } from "./memory-ledger.ts";
import { redisForecasts } from "../src/adapters/redis/forecasts.ts";
import { redisRunStore } from "../src/adapters/redis/run-store.ts";
import { redisRegistry } from "../src/adapters/redis/registry.ts";
import { startCore, type Core } from "../src/wiring/core.ts";
import type { CoreDeps } from "../src/wiring/state.ts";
import type { Ledger } from "../src/app/ledger/ledger.ts";
import type { LedgerEntry } from "../src/domain/ledger/entry.ts";
import type { SiteRecords } from "../src/app/recovery/serial-repair.ts";
import type { JobQueue } from "../src/app/ports/runs.ts";
import type { LogSource } from "../src/app/ports/log.ts";
import type { SourceMemory } from "../src/app/ports/site-data.ts";
import { aFleet, type TestFleet } from "./core-fleet.ts";
import { editableSiteData, indexExcept, type EditableSiteData } from "./core-site-data.ts";
import { silent, useRedis, type RedisFixture } from "./redis/redis-fixture.ts";

const timings = {
  resendMs: 100,
  awayMs: 150,
  returnMs: 150,
  cancelMs: 200,
  tickMs: 30,
  lostMs: 300,
  saveMs: 50,
  siteDataMs: 50,
  hourMs: 50,
  forecastMs: 50,
  logMs: 200,
  queryMs: 1_000,
};

export interface CoreFixture extends RedisFixture {
  readonly core: Core;
  readonly fleet: TestFleet;
  /** Unit keys whose source cannot be indexed. */
  readonly broken: Set<string>;
  /** The queue loses the next jobs it is given. */
  loseJobs(count: number): void;
  /** The core's clock, ms since 1970. */
  now(): number;
  /** What the ledger has, oldest first. */
  ledger(): Promise<LedgerEntry[]>;
  /** Lets time pass for the core. */
  pass(ms: number): void;
  /** Sets the clock of the core's machine back or ahead. */
  setClock(ms: number): void;
  /** Edits the hierarchy: keeps all of its systems but these. */
  takeOut(...systems: string[]): void;
  /** Edits the hierarchy: the site states this number for its packages. */
  stateNumber(site: string, number: number): void;
  /** Another core on the same Redis, replacing one that was stopped. */
  restart(): Promise<void>;
  /** Waits until agents have accepted this many running orders of a run. */
  accepted(run: string, count: number): Promise<void>;
  /** Waits until a run ended in this state. */
  reaches(run: string, state: RunState): Promise<void>;
}

/**
 * A core on a real Redis, with agents that carry out orders immediately; new for each test of a file.
 * @param sources Real site data instead of the fake ones, or other times.
 */
export function useCore(
  sources: () => Partial<
    Pick<
      CoreDeps,
      | "siteData"
      | "siteObjects"
      | "siteRecords"
      | "startCounters"
      | "objectStore"
      | "siteReferences"
      | "undoPoints"
      | "sourceMemory"
      | "index"
      | "timings"
    >
  > = () => ({}),
): CoreFixture {
  const store = useRedis();
  let core: Core;
  let ledger: Ledger;
  let fleet: TestFleet;
  let broken: Set<string>;
  let site: EditableSiteData;
  let toLose = 0;
  /** ms by which the core's time is ahead. */
  let ahead = 0;
  /** ms by which its machine's clock is, beside that. */
  let set = 0;
  beforeEach(async () => {
    broken = new Set();
    site = editableSiteData();
    ahead = set = 0;
    fleet = aFleet(() => core);
    core = await newCore();
  });
  afterEach(() => core.stop());

  async function newCore(): Promise<Core> {
    const { redis } = store;
    const queue = bullmqQueue({ place: redis.place, slots: 8, log: silent });
    const add: JobQueue["add"] = async (phase) => {
      if (toLose > 0) toLose -= 1;
      else await queue.add(phase);
    };
    const given = sources();
    ledger = await startLedger(memoryLines(), redisLedgerCopy(redis.client));
    return startCore({
      ledger,
      runStore: redisRunStore(redis.client),
      registry: redisRegistry(redis.client),
      addresses: redisAddresses(redis.client),
      forecasts: redisForecasts(redis.client),
      queue: { ...queue, add },
      siteRecords: noRecords,
      startCounters: { read: async () => undefined, write: async () => false },
      siteReferences: { find: async () => [], replace: async () => true },
      undoPoints: { load: async () => new Map(), save: async () => {} },
      loadKnowledge,
      objectStore: nativeObjectStore(),
      siteObjects: { of: async () => [], bytes: async () => 0 },
      siteData: site.siteData,
      sourceMemory: forgetful,
      index: indexExcept(broken),
      ...given,
      logs: returnedLogs(),
      links: fleet.links,
      clock: () => Date.now() + ahead + set,
      steady: () => Date.now() + ahead,
      log: silent,
      caHash: "ca",
      coordinatorId: "test",
      version: "0",
      timings: { ...timings, ...given.timings },
    });
  }

  return {
    get redis() {
      return store.redis;
    },
    killServer: store.killServer,
    get core() {
      return core;
    },
    get fleet() {
      return fleet;
    },
    get broken() {
      return broken;
    },
    now: () => Date.now() + ahead + set,
    ledger: () => Array.fromAsync(ledger.entries()),
    takeOut: (...systems) => site.takeOut(systems),
    stateNumber: (code, number) => site.stateNumber(code, number),
    pass: (ms) => void (ahead += ms),
    setClock: (ms) => void (set += ms),
    loseJobs: (count) => void (toLose = count),
    async restart() {
      core = await newCore();
    },
    async accepted(id, count) {
      const running = async (): Promise<number> =>
        (await core.operations.run(id)).phases.filter((phase) => phase.state === "running").length;
      await expect.poll(running, { interval: 20 }).toBe(count);
    },
    async reaches(id, state) {
      const ended = async (): Promise<RunState | undefined> => {
        const { run } = await core.operations.run(id);
        return run.endedAt === undefined ? undefined : run.state;
      };
      await expect.poll(ended, { interval: 20 }).toBe(state);
    },
  };
}

/** No witnesses. */
const noRecords: SiteRecords = { witnessed: async () => [], write: async () => {} };

/** These tests have no site data that could vanish. */
const forgetful: SourceMemory = { all: () => new Map(), keep: () => {} };

/** Keeps what receipts bring, and nothing else. */
function returnedLogs(): LogSource {
  const returned = new Map<string, string[]>();
  return {
    find: () => [],
    keepReturned: (system, lines) => void returned.set(system, [...lines]),
    returned: (system) => returned.get(system) ?? [],
  };
}
