import { SitewrightError } from "@sitewright/protocol";
import type { Log } from "../../packages/coordinator/src/app/log.ts";
import type { Core } from "../../packages/coordinator/src/wiring/core.ts";
import { createDiskChecks } from "../checks/disk-checks.ts";
import { createLineChecks } from "../checks/line-checks.ts";
import { createStoreChecks, type StoreChecks } from "../checks/store-checks.ts";
import type { Violations } from "../checks/violations.ts";
import { createNetwork, type Network } from "../network/network.ts";
import { startAgent, type Agent } from "../programs/agent.ts";
import { addressOf, startCoordinator, type Coordinator, type DataFolder } from "../programs/coordinator.ts";
import { createMachine, type Machine } from "../programs/machine.ts";
import { createSites, type Sites } from "../programs/sites.ts";
import { createRedis } from "../stores/redis.ts";
import type { Random } from "../time/random.ts";
import type { MachineClock, Process, VirtualTime } from "../time/virtual-time.ts";

/** Everything that is simulated, and what can happen to it. */
export interface World {
  readonly network: Network;
  readonly sites: Sites;
  readonly machines: ReadonlyMap<string, Machine>;
  /** Of the machine on which the coordinator runs. */
  readonly coordinatorClock: MachineClock;
  readonly store: StoreChecks;
  /** Undefined: none runs. */
  readonly coordinator: Coordinator | undefined;
  /** Redis has what the coordinator has, or will within a moment. */
  isStoreCurrent(): boolean;
  killAgent(system: string, ms: number): void;
  killCoordinator(ms: number): void;
  stopCoordinator(ms: number): void;
  /** @param lost ms of changes that are lost; "all": Redis comes back empty. */
  crashRedis(lost: number | "all", ms: number): void;
  /** Does so a moment after a coordinator has begun to start next. */
  crashRedisAtStart(after: number, lost: number | "all", ms: number): void;
  /** What an operator asks of the coordinator; a refusal is an answer. */
  operate(ask: (core: Core) => Promise<void>): void;
  /** Every program runs again, and every clock is right. */
  heal(): void;
  start(): void;
}

/** What Redis lost is stored again within this time after it is back, ms. */
const RECONCILED_MS = 4_000;

export interface WorldDeps {
  time: VirtualTime;
  random: Random;
  violations: Violations;
  /** Writes a line of the trace. */
  tell(text: string): void;
  log(from: string): Log;
}

export function createWorld(deps: WorldDeps): World {
  const { time, random, violations, tell } = deps;
  const sites = createSites(random.fork());
  const redis = createRedis(time, random.fork());
  const network = createNetwork(time, random.fork());
  const hierarchy = () => coordinator?.core.hierarchy() ?? sites.hierarchy;
  const disks = createDiskChecks(violations);
  const coordinatorClock: MachineClock = { aheadMs: 0 };
  const lines = createLineChecks({ hierarchy, now: time.now, clock: coordinatorClock, violations });
  const store = createStoreChecks({ redis, violations, now: time.now, hierarchy, disks });
  const machines = new Map([...sites.hierarchy.systems].map(([name, stated]) => [name, createMachine(stated)]));
  const agents = new Map<string, Agent>();
  const agentKeys = [...machines].map(([system, { publicKey }]) => ({ system, key: publicKey.toHex() }));
  const data: DataFolder = { ledgerLines: [], keptState: { agents: agentKeys, overrides: {} } };
  let coordinator: Coordinator | undefined;
  let starting: Process | undefined;
  let starts = 0;
  let redisBackAt = -Infinity;
  let atStart = (): void => undefined;

  function bootAgent(machine: Machine): void {
    const { system } = machine;
    if (agents.has(system)) return;
    const process: Process = { name: `${system}-${++starts}`, clock: machine.clock, isDead: false };
    agents.set(
      system,
      startAgent(machine, process, {
        time,
        network,
        watch: disks,
        dice: random.fork(),
        random: random.next,
        host: addressOf(sites, system),
        contentOf: sites.contentOf,
        server: () => coordinator?.content,
        neighbour: (other, manifest) => (agents.has(other) ? machines.get(other)?.staged.get(manifest) : undefined),
        log: (level, message, fields) => deps.log(system)[level](fields ?? {}, message),
      }),
    );
  }

  function bootCoordinator(): void {
    if (coordinator || starting) return;
    const process: Process = { name: `coordinator-${++starts}`, clock: coordinatorClock, isDead: false };
    starting = process;
    const begunAt = time.now();
    store.restarted();
    atStart();
    atStart = () => undefined;
    const begun = time.as(process, () =>
      startCoordinator(process, {
        time,
        random: random.fork(),
        redis,
        network,
        sites,
        log: deps.log(process.name),
        data,
        granted: lines.granted,
      }),
    );
    begun
      .then((started) => {
        if (process.isDead) return;
        starting = undefined;
        coordinator = started;
        if (redisBackAt >= begunAt) started.redisBack();
        tell("the coordinator has started");
      })
      .catch((error: unknown) => {
        // As its supervisor does where it cannot reach Redis.
        process.isDead = true;
        starting = undefined;
        if (SitewrightError.from(error).code !== "REDIS_UNREACHABLE") violations.note("the coordinator starts", String(error));
        time.after(2_000, bootCoordinator);
      });
  }

  function endCoordinator(): void {
    for (const process of [starting, coordinator?.process]) if (process) process.isDead = true;
    starting = undefined;
    coordinator = undefined;
    network.listener = undefined;
    for (const system of machines.keys()) network.cut(system, 0);
  }

  const world: World = {
    network,
    sites,
    machines,
    coordinatorClock,
    store,
    get coordinator() {
      return coordinator;
    },
    isStoreCurrent: () => redis.isUp() && time.now() - redisBackAt > RECONCILED_MS,
    killAgent(system, ms) {
      const agent = agents.get(system);
      if (!agent) return;
      agent.process.isDead = true;
      agents.delete(system);
      disks.killed(system);
      network.cut(system, 0);
      time.after(ms, () => bootAgent(machines.get(system) as Machine));
    },
    killCoordinator(ms) {
      endCoordinator();
      time.after(ms, bootCoordinator);
    },
    stopCoordinator(ms) {
      const stopping = coordinator;
      if (!stopping) return;
      coordinator = undefined;
      void stopping.stop().then(() => time.after(ms, bootCoordinator));
    },
    crashRedis(lost, ms) {
      if (!redis.isUp()) return;
      redis.crash(lost);
      time.after(ms, () => {
        redis.restart();
        redisBackAt = time.now();
        tell("Redis is back");
        time.after(random.whole(10, 500), () => coordinator?.redisBack());
      });
    },
    crashRedisAtStart(after, lost, ms) {
      atStart = () => time.after(after, () => world.crashRedis(lost, ms));
    },
    operate(ask) {
      const asked = coordinator;
      if (!asked) return tell("  no coordinator answers");
      time.as(asked.process, () => {
        ask(asked.core).catch((error: unknown) => {
          const { code, message } = SitewrightError.from(error);
          tell(`  refused: ${code}: ${message}`);
          if (code === "INTERNAL") violations.note("requests have an answer", message);
        });
      });
    },
    heal() {
      network.heal();
      sites.failures = 0;
      coordinatorClock.aheadMs = 0;
      for (const machine of machines.values()) {
        machine.mishaps = [];
        machine.clock.aheadMs = 0;
        bootAgent(machine);
      }
    },
    start() {
      bootCoordinator();
      for (const machine of machines.values()) bootAgent(machine);
    },
  };
  return world;
}
