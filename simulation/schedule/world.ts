import { DatabaseSync } from "node:sqlite";
import { SitewrightError } from "@sitewright/protocol";
import { createAddresses } from "../../packages/agent/src/domain/coordinator-addresses.ts";
import type { Log } from "../../packages/coordinator/src/app/log.ts";
import type { Core } from "../../packages/coordinator/src/wiring/core.ts";
import { KEYS } from "../../packages/coordinator/src/adapters/redis/keys.ts";
import { createDiskChecks } from "../checks/disk-checks.ts";
import { createLineChecks } from "../checks/line-checks.ts";
import { createStoreChecks, type StoreChecks } from "../checks/store-checks.ts";
import type { Violations } from "../checks/violations.ts";
import { createNetwork, type Network } from "../network/network.ts";
import { startAgent, type Agent } from "../programs/agent.ts";
import { addressOf, type Coordinator } from "../programs/coordinator.ts";
import { createHost, type Host } from "../programs/host.ts";
import { createMachine, type Machine } from "../programs/machine.ts";
import { createSites, type Sites } from "../programs/sites.ts";
import { createRedis } from "../stores/redis.ts";
import type { Random } from "../time/random.ts";
import type { Process, VirtualTime } from "../time/virtual-time.ts";

/** Everything that is simulated, and what can happen to it. */
export interface World {
  readonly network: Network;
  readonly sites: Sites;
  readonly machines: ReadonlyMap<string, Machine>;
  readonly store: StoreChecks;
  /** The one that leads, or led last. */
  readonly leader: Host;
  /** One that does not lead; where there is one alone, that. */
  readonly other: Host;
  /** Of the one that leads; undefined: none does. */
  readonly coordinator: Coordinator | undefined;
  /** Redis has what the coordinator has, or will within a moment. */
  isStoreCurrent(): boolean;
  killAgent(system: string, ms: number): void;
  /** A machine is as it was `ms` before, as one that was restored from a copy. */
  restoreMachine(system: string, ms: number): void;
  /** An agent loses its data folder, and joins again. */
  forgetMachine(system: string): void;
  /** @param lost ms of changes that are lost, at most 10 s; "all": Redis comes back empty. */
  crashRedis(lost: number | "all", ms: number): void;
  /** Does so a moment after a coordinator has begun to start next. */
  crashRedisAtStart(after: number, lost: number | "all", ms: number): void;
  later(ms: number, work: () => void): void;
  /** What an operator asks of the coordinator; a refusal is an answer. */
  operate(ask: (core: Core) => Promise<void>): void;
  /** Every program runs again, and every clock is right. */
  heal(): void;
  start(): void;
}

/** What Redis lost is stored again within this time after it is back, ms. */
const RECONCILED_MS = 4_000;

/** What it lost of open runs within this, where no other coordinator begins to lead before; ms. */
const RESTORED_MS = 15_000;

export interface WorldDeps {
  /** How many coordinators there are: one leads, the others stand by. */
  coordinators: number;
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
  const hierarchy = () => world.coordinator?.core.hierarchy() ?? sites.hierarchy;
  const disks = createDiskChecks(violations);
  const lines = createLineChecks({ now: time.now, violations });
  const store = createStoreChecks({ redis, violations, now: time.now, hierarchy, disks });
  const machines = new Map([...sites.hierarchy.systems].map(([name, stated]) => [name, createMachine(stated)]));
  const agents = new Map<string, Agent>();
  const agentKeys = [...machines].map(([system, { publicKey }]) => ({ system, key: publicKey.toHex() }));
  const hosts = Array.from({ length: deps.coordinators }, (_, i) => openHost(i));
  let leader = hosts[0] as Host;
  let starts = 0;
  let redisBackAt = -Infinity;
  let atStart = (): void => undefined;
  let lostAll = (): void => undefined;

  function bootAgent(machine: Machine): void {
    const { system } = machine;
    if (agents.has(system)) return;
    const process: Process = { name: `${system}-${++starts}`, clock: machine.clock, isDead: false };
    const addresses = createAddresses(hosts.map(({ url }) => new URL(url)) as [URL, ...URL[]]);
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
        addresses,
        server: () => hosts.find(({ url }) => url === addresses.url.origin)?.content,
        neighbour: (other, manifest) => (agents.has(other) ? machines.get(other)?.staged.get(manifest) : undefined),
        log: (level, message, fields) => deps.log(system)[level](fields ?? {}, message),
      }),
    );
  }

  function openHost(i: number): Host {
    const name = deps.coordinators === 1 ? "the coordinator" : `coordinator ${i + 1}`;
    return createHost({
      name,
      url: `https://coordinator-${i + 1}`,
      memberId: deps.coordinators === 1 ? undefined : `member-${i + 1}`,
      clock: { aheadMs: 0 },
      // That of the others is from a backup of the first one.
      data: {
        ledgerLines: [],
        keptState: { agents: agentKeys, overrides: {} },
        ...(i === 0 ? {} : { tenure: { restored: 0, started: 0 } }),
      },
      time,
      redis,
      network,
      sites,
      tell,
      granted: lines.granted,
      log: deps.log,
      random: () => random.fork(),
      nextName: () => `coordinator-${++starts}`,
      redisBackAt: () => redisBackAt,
      wrong: violations.note,
      onLeads(host) {
        if (host !== leader) lostAll();
        lostAll = () => undefined;
        leader = host;
        store.restarted();
        atStart();
        atStart = () => undefined;
      },
      ended() {
        for (const system of machines.keys())
          if (!hosts.some(({ process }) => process && process === network.connectedTo(system))) network.cut(system, 0);
      },
    });
  }

  /** Redis is about to lose everything: if nothing happens to the coordinator that leads, no open run may be lost with it. */
  function outlasts(): void {
    const { leader: holder, coordinator } = world;
    const open = [...store.runs()].filter(({ endedAt }) => endedAt === undefined);
    const since = time.now();
    if (!coordinator || open.length === 0) return;
    lostAll = () => {
      if (holder.disturbedAt() > since) return;
      const lost = open.filter(({ id }) => !store.isKnown(id));
      if (lost.length > 0) violations.note("open runs outlast the loss of Redis", `${lost.length} of ${open.length} are lost`);
    };
    const look = lostAll;
    time.after(RESTORED_MS, () => {
      if (lostAll === look && redis.isUp() && time.now() - redisBackAt > RECONCILED_MS) look();
    });
  }

  const world: World = {
    network,
    sites,
    machines,
    store,
    get leader() {
      // A Redis that lost its last seconds may have made one lead again that had led before.
      const lease = redis.peek(KEYS.leader) as string | undefined;
      return hosts.find(({ memberId }) => memberId !== undefined && lease?.includes(memberId)) ?? leader;
    },
    get other() {
      return hosts.find((host) => host !== world.leader) ?? world.leader;
    },
    get coordinator() {
      return world.leader.coordinator;
    },
    isStoreCurrent: () => redis.isUp() && time.now() - Math.max(redisBackAt, world.leader.reachedAt()) > RECONCILED_MS,
    killAgent(system, ms) {
      const agent = agents.get(system);
      if (!agent) return;
      agent.process.isDead = true;
      agents.delete(system);
      disks.killed(system);
      network.cut(system, 0);
      time.after(ms, () => bootAgent(machines.get(system) as Machine));
    },
    restoreMachine(system, ms) {
      const machine = machines.get(system) as Machine;
      const [putBack, isAgain] = [machine.copy(), disks.copy(system)];
      time.after(ms, () => {
        world.killAgent(system, 1_000);
        putBack();
        isAgain();
      });
    },
    forgetMachine(system) {
      const machine = machines.get(system) as Machine;
      world.killAgent(system, 1_000);
      machine.database.close();
      machine.database = new DatabaseSync(":memory:");
      disks.forgotten(system);
    },
    crashRedis(lost, ms) {
      if (!redis.isUp()) return;
      if (lost === "all") outlasts();
      redis.crash(lost);
      time.after(ms, () => {
        redis.restart();
        redisBackAt = time.now();
        tell("Redis is back");
        for (const host of hosts) time.after(random.whole(10, 500), host.redisBack);
      });
    },
    crashRedisAtStart(after, lost, ms) {
      atStart = () => time.after(after, () => world.crashRedis(lost, ms));
    },
    later: time.after,
    operate(ask) {
      const asked = world.coordinator;
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
      sites.ownNames();
      for (const host of hosts) host.heal();
      for (const machine of machines.values()) {
        machine.mishaps = [];
        machine.clock.aheadMs = 0;
        bootAgent(machine);
      }
    },
    start() {
      hosts[0]?.boot();
      for (const host of hosts.slice(1)) time.after(1_500, host.boot);
      for (const machine of machines.values()) bootAgent(machine);
    },
  };
  return world;
}
