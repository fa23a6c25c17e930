import type { ChildProcess } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contentServer } from "../../../packages/coordinator/src/domain/agents/content-server.ts";
import type { Overview } from "../../../packages/coordinator/src/app/runs/operations.ts";
import type { Role } from "@sitewright/protocol";
import { joinCoordinator } from "../../../packages/agent/src/adapters/join/join.ts";
import { parseJoinToken } from "../../../packages/agent/src/domain/join-token.ts";
import { agentDataDir, type AgentPlace } from "../../../scripts/support/hierarchy.ts";
import { runProgram, startProgram, waitFor, type Program } from "../../../scripts/support/programs.ts";
import { operatorToken } from "../../support/fleet.ts";
import { preload } from "../../support/preload.ts";
import { freePort } from "@sitewright/testkit/free-port";
import { spawnRedis } from "../../support/redis.ts";
import { openLines, type Lines } from "./lines.ts";
import { memoryOf, type Memory } from "./memory.ts";
import { makeFullDisk, type FullDisk } from "./full-disk.ts";
import { ADDRESSES, createSiteServer, LEARNING, SMALL, SYSTEMS, systemNames, type SiteServer, type SystemName } from "./site-server.ts";
import { createVictim, type LastWords, type Victim } from "./victim.ts";

/** A hierarchy of real processes, each of which may be killed; disposing of it stops and removes everything. */
export interface World extends AsyncDisposable {
  folder: string;
  siteData: string;
  siteServer: SiteServer;
  lines: Lines;
  /** By name: the coordinators, their Redis, and the agents by their systems. */
  victims: ReadonlyMap<string, Victim>;
  root(system: SystemName, role: string): string;
  /** Of all roots and of the data folder of the system `SMALL`; absent: this account may not mount. */
  smallDisk: FullDisk | undefined;
  /** Of the first coordinator and of Redis; absent: this account may not mount. */
  serverDisk: FullDisk | undefined;
  /** Of the agents, by system. */
  memories: ReadonlyMap<string, Memory>;
  /** The clock of a program differs from the machine's by this much from now on, also when it starts again. */
  setClock(victim: string, byMs: number): void;
  log(victim: string): string;
  /** A request as the operator, to a coordinator that answers; throws while none does. */
  api<T>(path: string, init?: RequestInit): Promise<T>;
  /** Resolves when every agent is connected. */
  connected(): Promise<void>;
  /** Its files are not removed with it. @returns Their folder. */
  keep(): string;
}

/** Requests that a stopped coordinator does not answer, ms. */
const ANSWER_MS = 60_000;
/** Room for what is served, what is kept for the grace time, one staging, and what the agent remembers. */
const SMALL_MIB = 32;
/** Room for what a coordinator and Redis store in half an hour. */
const SERVER_MIB = 128;
export const COORDINATORS = ["coordinator", "coordinator-2"] as const;
export const SERVERS = [...COORDINATORS, "redis"] as const;
/** Shown of the log of a program that ended by itself, characters. */
const LAST_WORDS = 4_000;
/** With these, one of two coordinators ends rightly: the other leads, or Redis does not answer. */
const RIGHT_ENDS = /^sitewright: (NOT_LEADING|REDIS_IN_USE|REDIS_UNREACHABLE): /m;
/** A program that finds no room when it starts, or begins to lead, may end; one that has done so may not. */
const SERVERS_ON_DISK: ReadonlySet<string> = new Set([COORDINATORS[0], "redis"]);
const LEADS = "this coordinator leads from now on";
const HAS_STARTED = /the coordinator listens|this coordinator stands by|the agent of \w+ starts/;

export async function startWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "sitewright-torture-"));
  const serverDisk = makeFullDisk(join(folder, "server"), SERVER_MIB);
  const [siteData, clocks, redisDir] = ["site-data", "clocks", "server/redis"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const one of [redisDir, clocks]) mkdirSync(one);
  const clockOf = new Map<string, number>();
  const setClock = (pid: number | undefined, byMs: number): void => {
    if (pid !== undefined && byMs !== undefined) writeFileSync(join(clocks, `${pid}`), `${byMs}`);
  };
  /** By system that knows one coordinator: the ports of its own line, by those of the coordinators. */
  const ownLines = new Map<string, Record<number, number>>();
  const shifted = <Child extends ChildProcess>(name: string, launch: () => Child): Child => {
    const ownLine = ownLines.get(name);
    const modules = ["clock-shift.ts", ...(ownLine ? ["own-line.ts"] : [])];
    const options = preload(...modules.map((module) => join(import.meta.dirname, module)));
    const child = withEnvironment({ NODE_OPTIONS: options, TORTURE_CLOCKS: clocks, TORTURE_LINE: JSON.stringify(ownLine ?? {}) }, launch);
    setClock(child.pid, clockOf.get(name) ?? 0);
    return child;
  };
  const siteServer = createSiteServer(siteData);
  const places = await Promise.all(
    COORDINATORS.map(async (name, i) => ({ name, dataDir: join(folder, i === 0 ? "server" : "", name), port: await freePort() })),
  );
  const socket = join(folder, "redis.sock");
  const placeOf = (system: SystemName) => ({ system, roles: SYSTEMS[system].roles, folder: join(folder, system) });
  /** By program: the length of its log when it was started, characters. */
  const loggedBefore = new Map<string, number>();
  /** Not on the disks that are filled: who writes there is this process. */
  const logOf = (name: string): string => join(folder, `${name}.log`);
  const startLogged = (name: string, ...[program, args, env]: [Program, string[], NodeJS.ProcessEnv?]) => {
    const log = logOf(name);
    loggedBefore.set(name, existsSync(log) ? readFileSync(log, "utf8").length : 0);
    return startProgram(program, args, { log, ...(env ? { env } : {}) });
  };
  const startCoordinator = ({ name, dataDir, port }: (typeof places)[number]) => {
    const args = ["coordinator", "--site-data", siteData, "--data-dir", dataDir, "--listen", `127.0.0.1:${port}`];
    return startLogged(name, "sitewright", args, { REDIS_URL: `unix://${socket}` });
  };
  const startAgent = (system: SystemName) => startLogged(system, "sitewright-agent", ["run", "--data-dir", agentDataDir(placeOf(system))]);
  const launchers = {
    redis: () => spawnRedis(redisDir, socket),
    ...Object.fromEntries(places.map((place) => [place.name, () => shifted(place.name, () => startCoordinator(place))])),
    ...Object.fromEntries(systemNames.map((system) => [system, () => shifted(system, () => startAgent(system))])),
  };
  const victims = new Map(Object.entries(launchers).map(([name, launch]) => [name, createVictim(name, launch, () => lastWordsOf(name))]));
  const lines = openLines();
  const smallDisk = makeFullDisk(join(folder, SMALL), SMALL_MIB);

  const isCoordinator = (name: string): boolean => places.some((place) => place.name === name);
  const lastWordsOf = (name: string): LastWords => {
    const text = name === "redis" ? "" : world.log(name).slice(loggedBefore.get(name));
    const disk = name === SMALL ? smallDisk : SERVERS_ON_DISK.has(name) ? serverDisk : undefined;
    const foundNoRoom = !HAS_STARTED.test(text.split(LEADS).at(-1) ?? "") && disk?.wasFull() === true;
    return { text: text.slice(-LAST_WORDS), areRight: foundNoRoom || (isCoordinator(name) && RIGHT_ENDS.test(text)) };
  };
  let isKept = false;
  let turn = 0;
  const ask = ({ port, dataDir }: (typeof places)[number], path: string, init: RequestInit) =>
    fetch(new URL(path, `http://127.0.0.1:${port}`), {
      ...init,
      signal: AbortSignal.timeout(ANSWER_MS),
      headers: { authorization: `Bearer ${operatorToken(dataDir)}`, "content-type": "application/json" },
    });

  const world: World = {
    folder,
    siteData,
    siteServer,
    lines,
    victims,
    smallDisk,
    serverDisk,
    memories: new Map(systemNames.map((system) => [system, memoryOf(agentDataDir(placeOf(system)), join(folder, "memories", system))])),
    setClock(name, byMs) {
      clockOf.set(name, byMs);
      setClock(victims.get(name)?.pid(), byMs);
    },
    root: (system, role) => join(folder, system, role),
    log: (name) => readFileSync(logOf(name), "utf8"),
    async api<T>(path: string, init: RequestInit = {}) {
      // Any of them answers for the one that leads.
      turn += 1;
      const inTurn = places.map((_, i) => places[(turn + i) % places.length] as (typeof places)[number]);
      const [first, other] = inTurn as [(typeof places)[number], (typeof places)[number]];
      const answer = await ask(first, path, init).catch((error: unknown) => {
        // It did not hear it, so asking the other is not asking twice.
        if (causeOf(error) !== "ECONNREFUSED") throw error;
        return ask(other, path, init);
      });
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      return (await answer.json()) as T;
    },
    connected: () =>
      waitFor(
        "all agents to connect",
        async () => {
          const { systems } = await world.api<Overview>("/api/v1/overview").catch(() => ({ systems: [] }));
          return systemNames.every((name) => systems.some((system) => system.name === name && system.connected)) || undefined;
        },
        120_000,
      ).then(() => {}),
    keep() {
      isKept = true;
      return folder;
    },
    async [Symbol.asyncDispose]() {
      const { redis, ...others } = Object.fromEntries(victims);
      await Promise.all(Object.values(others).map((victim) => victim.stop()));
      await redis?.stop();
      await lines[Symbol.asyncDispose]();
      for (const [name, disk] of Object.entries({ [SMALL]: smallDisk, server: serverDisk })) {
        if (isKept && disk) cpSync(join(folder, name), join(folder, `${name}-kept`), { recursive: true });
        disk?.[Symbol.dispose]();
      }
      if (!isKept) await rm(folder, { recursive: true, force: true });
    },
  };

  /** The second one is restored from a backup of the first, and stands by. */
  async function startBoth(): Promise<void> {
    const ids = memberIds();
    const identify = (dataDir: string, id: string): void => writeFileSync(join(dataDir, "member-id"), `${id}\n`, { mode: 0o600 });
    const [first, second] = places as [(typeof places)[number], (typeof places)[number]];
    const healthy = ({ name, port }: typeof first) =>
      waitFor(`${name} to answer`, async () => (await fetch(`http://127.0.0.1:${port}/api/v1/ca`).catch(() => undefined))?.ok || undefined);
    mkdirSync(first.dataDir, { mode: 0o700 });
    identify(first.dataDir, ids[0]);
    victims.get(first.name)?.start();
    await healthy(first);
    const backup = join(folder, "sitewright.backup");
    for (const args of [
      ["backup", backup, "--data-dir", first.dataDir],
      ["restore", backup, "--data-dir", second.dataDir],
    ]) {
      const { code, stderr } = await runProgram("sitewright", args);
      if (code !== 0) throw new Error(stderr);
    }
    identify(second.dataDir, ids[1]);
    victims.get(second.name)?.start();
    await healthy(second);
  }

  try {
    victims.get("redis")?.start();
    await startBoth();
    for (const system of systemNames) {
      const { token } = await world.api<{ token: string }>("/api/v1/join-tokens", { method: "POST", body: JSON.stringify({ system }) });
      const ports = places.map(({ port }) => port);
      const relays = await lines.open(system, SYSTEMS[system].site, ports);
      const isLearning = LEARNING.includes(system);
      if (isLearning) ownLines.set(system, Object.fromEntries(relays.map((relay, i) => [ports[i], relay])));
      await joinAgent(placeOf(system), (isLearning ? ports.slice(0, 1) : relays).map(urlOf), token);
      victims.get(system)?.start();
    }
    await world.connected();
    return world;
  } catch (error) {
    await world[Symbol.asyncDispose]();
    throw error;
  }
}

const urlOf = (port: number): string => `http://127.0.0.1:${port}`;

/** With these each of the two coordinators serves the content of one address: whichever leads, one is served by the other. */
function memberIds(): [string, string] {
  const [one, other] = ADDRESSES;
  const idOf = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
  const first = idOf(1);
  for (let number = 2; ; number++) {
    const pair: [string, string] = [first, idOf(number)];
    if (contentServer(one, pair) === pair[0] && contentServer(other, pair) === pair[1]) return pair;
  }
}

/** The system's code of why a request failed. */
export function causeOf(error: unknown): string | undefined {
  return (error as { cause?: { code?: string } }).cause?.code;
}

async function joinAgent({ system, roles, folder }: AgentPlace, [url = "", ...others]: string[], token: string): Promise<void> {
  const roots = roles.map((role) => ({ role: role as Role, path: join(folder, role) }));
  for (const { path } of roots) mkdirSync(path, { recursive: true });
  await joinCoordinator({ url, others, name: system, token: parseJoinToken(token), dataDir: join(folder, "agent-data"), roots });
}

/** What is launched inherits these. */
function withEnvironment<T>(values: Record<string, string>, launch: () => T): T {
  const before = Object.keys(values).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, values);
  try {
    return launch();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
