import { createHash } from "node:crypto";
import type { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import type { Redis } from "ioredis";
import type { WebSocket } from "ws";
import { createConnections } from "../../packages/coordinator/src/adapters/agent-gateway/connections.ts";
import { openConnection, type ConnectionDeps } from "../../packages/coordinator/src/adapters/agent-gateway/connection.ts";
import { GATEWAY_TIMING } from "../../packages/coordinator/src/adapters/agent-gateway/heartbeat.ts";
import { joinMembers, type Members } from "../../packages/coordinator/src/adapters/redis/members.ts";
import { redisAddresses } from "../../packages/coordinator/src/adapters/redis/addresses.ts";
import { redisForecasts } from "../../packages/coordinator/src/adapters/redis/forecasts.ts";
import { redisLedgerCopy } from "../../packages/coordinator/src/adapters/redis/ledger-copy.ts";
import { redisRegistry } from "../../packages/coordinator/src/adapters/redis/registry.ts";
import { redisRunStore } from "../../packages/coordinator/src/adapters/redis/run-store.ts";
import { createCurrentTenure } from "../../packages/coordinator/src/app/backup/current-tenure.ts";
import { keepState, type StateFile } from "../../packages/coordinator/src/app/backup/kept-state.ts";
import type { UndoPoint } from "../../packages/coordinator/src/domain/deletion/references.ts";
import { nextTenure } from "../../packages/coordinator/src/domain/backup/backup.ts";
import { openLedger } from "../../packages/coordinator/src/app/ledger/ledger.ts";
import type { LedgerLines } from "../../packages/coordinator/src/app/ledger/ports.ts";
import type { Log } from "../../packages/coordinator/src/app/log.ts";
import { every, type Repeated } from "../../packages/coordinator/src/app/every.ts";
import { createMemberAddresses } from "../../packages/coordinator/src/app/agents/member-addresses.ts";
import { wireContent } from "../../packages/coordinator/src/wiring/content.ts";
import { startCore, type Core } from "../../packages/coordinator/src/wiring/core.ts";
import { restoreAfterOutage } from "../../packages/coordinator/src/wiring/restore-after-outage.ts";
import { standBy } from "../../packages/coordinator/src/wiring/standby.ts";
import type { CoreDeps } from "../../packages/coordinator/src/wiring/state.ts";
import { steadyClock } from "@sitewright/node-kit/steady-clock";
import { loadKnowledge } from "@sitewright/expert/load";
import type { LineChecks } from "../checks/line-checks.ts";
import { createQueue } from "../stores/queue.ts";
import { shareData, type DataFolder } from "../stores/shared-folder.ts";
import type { SimulatedRedis } from "../stores/redis.ts";
import type { Network } from "../network/network.ts";
import type { Random } from "../time/random.ts";
import type { Process, VirtualTime } from "../time/virtual-time.ts";
import { createContentServer, type ContentServer } from "./content.ts";
import type { Sites } from "./sites.ts";

/** A coordinator that runs. */
export interface Coordinator {
  process: Process;
  core: Core;
  content: ContentServer;
  /** Redis is back, perhaps without its last second. */
  redisBack(): void;
  stop(): Promise<void>;
}

export interface CoordinatorDeps {
  time: VirtualTime;
  random: Random;
  redis: SimulatedRedis;
  network: Network;
  sites: Sites;
  log: Log;
  data: DataFolder;
  granted: LineChecks["granted"];
  /** Where agents reach it. */
  url: string;
  /** Id of its data folder, where it is one of several coordinators; undefined: it is the only one. */
  memberId: string | undefined;
  /** It begins to read what the one before has stored. */
  onLeads(): void;
  /** It must lead no longer, and has to stop. */
  onLost(error: unknown): void;
}

/** Those of production, but for what takes half an hour or is not looked at here. */
export const TIMINGS = { stallMs: 20_000, giveUpMs: 120_000, siteDataMs: 10_000, forecastMs: 60_000 };
/** Ended runs that are kept where there are several coordinators, beside open ones: fewer than are started. */
const KEPT_RUNS = 1;
/** As agents know it. */
export const COORDINATOR_ID = "coordinator-1";

/** Assembles a coordinator as `main.ts` does, on simulated stores and lines. */
export async function startCoordinator(process: Process, deps: CoordinatorDeps): Promise<Coordinator> {
  const { time, random, redis, network, sites, log, url } = deps;
  const client = redis.connect(process);
  const clock = Date.now;
  const steady = steadyClock();
  const { lease, members, shared } = await comeToLead(process, client, deps);
  const keptRuns = deps.memberId === undefined ? undefined : KEPT_RUNS;
  const inRedis = { registry: redisRegistry(client), runStore: redisRunStore(client, lease, keptRuns), addresses: redisAddresses(client) };
  const kept = await keepState(inRedis, keptStateIn(deps.data, shared), log);
  const { registry, runStore, addresses } = kept;
  const queue = createQueue(time, random, redis, process);
  const connections = createConnections();
  deps.data.tenure = nextTenure(deps.data.tenure, clock());
  const tenure = createCurrentTenure({
    tenure: deps.data.tenure,
    isOneOfSeveral: members?.isOneOfSeveral ?? (() => false),
    keep: async (next) => ((deps.data.tenure = next), shared?.giveTenure()),
    clock,
    log,
  });
  await shared?.give();
  const core = await startCore({
    ledger: await openLedger({
      lines: linesIn(deps.data.ledgerLines),
      copy: redisLedgerCopy(client),
      writer: process.name,
      hash: (text) => createHash("sha256").update(text).digest("hex"),
      clock,
      log,
    }),
    runStore,
    registry,
    addresses,
    forecasts: redisForecasts(client),
    queue,
    siteData: sites.siteData,
    index: sites.index,
    siteReferences: sites.references,
    undoPoints: undoPointsIn(deps.data, shared),
    ...NOT_SIMULATED,
    links: connections,
    clock,
    steady,
    log,
    caHash: "ca",
    coordinatorId: COORDINATOR_ID,
    version: "0",
    timings: TIMINGS,
    ...(members ? { isPaused: members.isPaused } : {}),
  });
  const { hierarchy, contentRights: rights, lineSpeeds: lines, lineUsed, liveView } = core;
  const content = wireContent({
    hierarchy,
    rights,
    lines,
    lineUsed,
    liveView,
    log,
    clock,
    steady,
    ...(members ? { isPaused: members.isPaused } : {}),
  });
  const gateway: ConnectionDeps = {
    coordinatorId: COORDINATOR_ID,
    tenure,
    successions: { number: () => 0 },
    hierarchy,
    registry,
    events: core.agentEvents,
    lines,
    pacer: content.pacer,
    connections,
    neighbours: content.neighbours,
    admission: { provedAgent: () => undefined },
    reservations: { issue: () => "reserved" },
    refusals: { note: ({ message, name = "" }) => log.info({ system: name }, message) },
    log,
    clock,
  };
  network.listeners.set(url, {
    process,
    accept(socket, stream: EventEmitter, name) {
      const peer = {
        socket: socket as unknown as WebSocket,
        stream: stream as Duplex,
        name,
        address: addressOf(sites, name),
        proved: () => undefined,
      };
      connections.add(openConnection(peer, gateway, GATEWAY_TIMING));
    },
  });
  const restoring = restoreAfterOutage({ members: members ?? ALONE, kept, core, shared: shared ?? ALONE, log });
  const repeated = members ? [tellAgents(members, connections, log)] : [];
  members?.onEmptied(() => time.reach(process, () => restoring.begin()));
  members?.announce(url);
  return {
    process,
    core,
    content: createContentServer({
      time,
      process,
      connections,
      rights,
      content,
      granted: (...content) => deps.granted({ hierarchy, clock: process.clock }, ...content),
      latency: () => random.whole(1, 30),
    }),
    redisBack() {
      queue.lose();
      time.reach(process, () => restoring.begin());
    },
    async stop() {
      network.listeners.delete(url);
      await time.as(process, async () => {
        await Promise.all(repeated.map((work) => work.stop()));
        restoring.stop();
        content.stop();
        await connections.endAll("the coordinator stops");
        await core.stop();
        await kept.stop();
        await members?.leave();
      });
      process.isDead = true;
    },
  };
}

interface Lead {
  /** "": it is the only one. */
  lease: string;
  members?: Members;
  shared?: ReturnType<typeof shareData>;
}

/** Resolves when it leads. */
async function comeToLead(process: Process, client: Redis, deps: CoordinatorDeps): Promise<Lead> {
  const { network, sites, log, data, url, memberId, onLeads, onLost } = deps;
  if (memberId === undefined) {
    onLeads();
    return { lease: "" };
  }
  const members = joinMembers(client, { coordinatorId: COORDINATOR_ID, memberId, dataDir: `/${memberId}`, log });
  const { lease } = members;
  const shared = shareData(client, data, { memberId, lease });
  const answer = async () => {
    network.listeners.set(url, { process });
    members.announce(url);
    return { follow: () => undefined, close: async () => void network.listeners.delete(url) };
  };
  const { siteData, index } = sites;
  const begins = data.tenure === undefined;
  await standBy(
    { members, begins, shared, siteData, index, dropRestored: async () => undefined, answer, log },
    new AbortController().signal,
  );
  onLeads();
  members.keep(onLost);
  await shared.take();
  return { lease, members, shared };
}

/** What several coordinators need, for one that is alone. */
const ALONE = { renewed: async () => undefined, give: async () => undefined };

function tellAgents({ present }: Members, links: ReturnType<typeof createConnections>, log: Log): Repeated {
  const { look } = createMemberAddresses({ members: present, links, serverOf: () => undefined });
  return every(2_000, "agents cannot be told where coordinators answer", look, log);
}

export function addressOf({ hierarchy }: Sites, system: string): string {
  return hierarchy.systems.get(system)?.peerAddress ?? "10.0.0.1";
}

/** Read once: it does not change. */
let knowledge: ReturnType<typeof loadKnowledge> | undefined;

/** What only people ask for after a loss is not part of the simulation. */
const NOT_SIMULATED = {
  siteRecords: { witnessed: async () => [], write: async () => undefined },
  startCounters: { read: async () => undefined, write: async () => false },
  siteObjects: { of: async () => [], bytes: async () => 0 },
  objectStore: { settle: async () => undefined } as unknown as CoreDeps["objectStore"],
  loadKnowledge: () => (knowledge ??= loadKnowledge()),
  sourceMemory: { all: () => new Map(), keep: () => undefined },
  logs: { find: () => [], keepReturned: () => undefined, returned: () => [] },
} satisfies Partial<CoreDeps>;

/** It is written at once, as one that is replaced by renaming. */
function keptStateIn(data: DataFolder, shared: Lead["shared"]): StateFile {
  return {
    read: async () => data.keptState,
    async write(state) {
      data.keptState = state;
      await shared?.giveFile("state");
    },
  };
}

function undoPointsIn(data: DataFolder, shared: Lead["shared"]): CoreDeps["undoPoints"] {
  return {
    load: async () => new Map(JSON.parse(data.deletions ?? "[]") as [string, UndoPoint][]),
    async save(points) {
      data.deletions = JSON.stringify([...points]);
      await shared?.giveFile("deletions");
    },
  };
}

function linesIn(kept: string[]): LedgerLines {
  return {
    append: async (lines) => void kept.push(...lines),
    forwards: async function* () {
      yield* kept.slice();
    },
    backwards: async function* (before = kept.length) {
      for (let at = before - 1; at >= 0; at--) yield { at, line: kept[at] ?? "" };
    },
  };
}
