import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import type { Role } from "@sitewright/protocol";
import { joinCoordinator } from "../../packages/agent/src/adapters/join/join.ts";
import { parseJoinToken } from "../../packages/agent/src/domain/join-token.ts";
import type { Overview, RunView } from "../../packages/coordinator/src/app/runs/operations.ts";
import type { SystemDetails } from "../../packages/coordinator/src/app/sites/system-pages.ts";
import { startAgent, startCoordinator, type AgentPlace } from "../../scripts/support/hierarchy.ts";
import { runProgram, stopProgram, waitFor, type Finished } from "../../scripts/support/programs.ts";
import { writeSite, type SiteOptions } from "./site.ts";

export { waitFor } from "../../scripts/support/programs.ts";

/** A hierarchy of real processes in a folder of its own; disposing of it stops and removes everything. */
export interface Fleet extends AsyncDisposable {
  folder: string;
  siteData: string;
  dataDir: string;
  readonly url: string;
  coordinator: Restartable & { log(): string };
  agent(system: string): Agent;
  /** Runs the operator's program with this coordinator. */
  sitewright(...args: string[]): Promise<Finished>;
  /** The same with --json; fails if it prints none. */
  json<T = RunView>(...args: string[]): Promise<T & { exitCode: number | null }>;
  /** Sends a request to the HTTP endpoint as the operator. */
  api(path: string, init?: RequestInit): Promise<Response>;
  overview(): Promise<Overview>;
  system(name: string): Promise<SystemDetails>;
  /** Waits until these agents (by default all) are connected. */
  connected(...systems: string[]): Promise<void>;
}

export interface Restartable {
  readonly process: ChildProcess | undefined;
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export interface Agent extends Restartable {
  place: AgentPlace;
  /** Role root. */
  root(role: "cap" | "logon-point" | "dp"): string;
  /** With a fresh token; `url` if something is between it and the coordinator. */
  join(url?: string): Promise<void>;
  log(): string;
}

export interface FleetOptions extends SiteOptions {
  /** Systems whose agents are neither joined nor started. */
  absent?: string[];
  /** Address of the coordinator's endpoint; by default loopback and plain HTTP. */
  listen?: string;
  /** URL of a Redis, instead of the embedded one. */
  redis?: string;
  /** Folder with the packages of the agent. */
  agents?: string;
  /** Where the coordinator finds the site data, which lie in a folder of this system; by default there. */
  mounted?: (siteData: string) => Promise<string>;
  /** Where the agents run; by default on this system. */
  host?: AgentHost;
  /** Called with the role roots' parents, before the agents join. */
  prepare?: (fleet: { siteData: string; agentFolder: (system: string) => string }) => void;
}

/** An operating system for agents. The coordinator always runs on this one. */
export interface AgentHost {
  /** Folder in which fleets are made: both see it. */
  base: string;
  join(place: AgentPlace, url: string, token: string): Promise<void>;
  start(place: AgentPlace): ChildProcess;
}

/** Like `sitewright-agent join`, which tests of their own start: a process fewer per agent. */
export const thisSystem: AgentHost = {
  base: tmpdir(),
  async join({ system, roles, folder }, url, token) {
    const roots = roles.map((role) => ({ role: role as Role, path: join(folder, role) }));
    for (const { path } of roots) mkdirSync(path, { recursive: true });
    await joinCoordinator({ url, name: system, token: parseJoinToken(token), dataDir: join(folder, "agent-data"), roots });
  },
  start: startAgent,
};

/** Site data, a coordinator with its embedded Redis, and a joined and connected agent for each system. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const host = options.host ?? thisSystem;
  const folder = mkdtempSync(join(host.base, "sitewright-test-"));
  const siteData = join(folder, "site-data");
  const dataDir = join(folder, "coordinator");
  writeSite(siteData, options);
  options.prepare?.({ siteData, agentFolder: (system) => join(folder, system) });

  const mounted = await options.mounted?.(siteData);
  let url = "";
  const runningCoordinator = restartable(async () => {
    const listen = url === "" ? (options.listen ?? "127.0.0.1:0") : new URL(url).host;
    const { redis, agents: packages } = options;
    const started = await startCoordinator({
      siteData: mounted ?? siteData,
      dataDir,
      listen,
      ...(redis ? { redis } : {}),
      ...(packages ? { agents: packages } : {}),
    });
    url = started.url;
    return started.process;
  });
  const coordinator = Object.assign(runningCoordinator, { log: () => readFileSync(join(dataDir, "coordinator.log"), "utf8") });
  const agents = new Map(
    Object.entries(options.systems).map(([system, { roles }]) => {
      const place = { system, roles, folder: join(folder, system) };
      const running = restartable(() => Promise.resolve(host.start(place)));
      const agent: Agent = Object.assign(running, {
        place,
        root: (role: string) => join(place.folder, role),
        join: async (through?: string) => host.join(place, through ?? url, await tokenFor(fleet, system)),
        log: () => readFileSync(join(place.folder, "agent.log"), "utf8"),
      });
      return [system, agent] as const;
    }),
  );

  const fleet: Fleet = {
    folder,
    siteData,
    dataDir,
    get url() {
      return url;
    },
    coordinator,
    agent(system) {
      const agent = agents.get(system);
      if (!agent) throw new Error(`no system ${system} in this fleet`);
      return agent;
    },
    sitewright: (...args) => runProgram("sitewright", [...args, "--data-dir", dataDir]),
    async json<T>(...args: string[]) {
      const { code, stdout, stderr } = await fleet.sitewright(...args, "--json");
      if (stdout === "") throw new Error(`sitewright ${args.join(" ")} printed no JSON: ${stderr}`);
      return { ...(JSON.parse(stdout) as T), exitCode: code };
    },
    api: (path, init = {}) =>
      fetch(new URL(path, url), {
        ...init,
        // An idle connection would be used again at the very moment at which the coordinator closes it.
        headers: { connection: "close", authorization: `Bearer ${operatorToken(dataDir)}`, ...(init.headers as Record<string, string>) },
      }),
    overview: async () => (await (await fleet.api("/api/v1/overview")).json()) as Overview,
    system: async (name) => (await (await fleet.api(`/api/v1/overview/systems/${name}`)).json()) as SystemDetails,
    async connected(...systems) {
      const wanted = systems.length > 0 ? systems : [...agents.keys()];
      await waitFor(`${wanted.join(", ")} to connect`, async () => {
        const { systems: seen } = await fleet.overview();
        return wanted.every((name) => seen.some((system) => system.name === name && system.connected)) || undefined;
      });
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...agents.values()].map((agent) => agent.stop()));
      await coordinator.stop();
      // Seconds for a large tree: the worker has to answer meanwhile.
      await rm(folder, { recursive: true, force: true });
    },
  };

  try {
    await coordinator.start();
    // The tests' own requests trust the coordinator's CA too, as its operators do.
    if (url.startsWith("https:"))
      setDefaultCACertificates([...getCACertificates("default"), readFileSync(join(dataDir, "ca.pem"), "utf8")]);
    const present = [...agents.values()].filter((agent) => !options.absent?.includes(agent.place.system));
    await Promise.all(present.map((agent) => agent.join()));
    await Promise.all(present.map((agent) => agent.start()));
    if (present.length > 0) await fleet.connected(...present.map((agent) => agent.place.system));
    return fleet;
  } catch (error) {
    // A folder that is still mounted cannot be removed; the original error is the one to report.
    await fleet[Symbol.asyncDispose]().then(undefined, () => {});
    throw error;
  }
}

/** Like `sitewright token create`, which tests of its own start: a process fewer per agent. */
async function tokenFor(fleet: Fleet, system: string): Promise<string> {
  const answer = await fleet.api("/api/v1/join-tokens", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ system }),
  });
  return ((await answer.json()) as { token: string }).token;
}

export function operatorToken(dataDir: string): string {
  return readFileSync(join(dataDir, "operator-token"), "utf8").trim();
}

function restartable(start: () => Promise<ChildProcess>): Restartable {
  let child: ChildProcess | undefined;
  return {
    get process() {
      return child;
    },
    async start() {
      child = await start();
    },
    async stop() {
      if (child) await stopProgram(child);
    },
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
  };
}
