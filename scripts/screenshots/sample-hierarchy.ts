import type { ChildProcess } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeAgentFolders, makeSample } from "../sample/make-sample.ts";
import { agentDataDir, joinAgent, startCoordinator, stopAll } from "../support/hierarchy.ts";
import { runProgram, startProgram, waitFor } from "../support/programs.ts";

const SEED = 2001;
const ROLES = {
  SRVABC: ["cap", "logon-point", "dp"],
  DPABC: ["dp"],
  SRVSEC: ["cap", "logon-point", "dp"],
  SRVPOR: ["cap", "dp"],
  DPPOR: ["dp"],
};
/** Stopped before the story begins, and started when needed. */
const AWAY = "DPPOR";

export interface Sample {
  url: string;
  siteData: string;
  signInLink(): Promise<string>;
  /** Runs the command line with these words; throws with what it printed where it refuses them. */
  sitewright(...words: string[]): Promise<void>;
  api<T>(path: string): Promise<T>;
  startAgent(system: keyof typeof ROLES): Promise<void>;
  /** Where a backup service is asked by an agent. */
  backupSocket(system: keyof typeof ROLES): string;
  /** Role root of an agent. */
  root(system: keyof typeof ROLES, role: string): string;
  stop(): Promise<void>;
}

/** The sample hierarchy with lines slow enough for pictures; one of its agents is stopped. */
export async function startSample(folder: string): Promise<Sample> {
  const siteData = join(folder, "site-data");
  const dataDir = join(folder, "coordinator");
  await makeSample(siteData, { seed: SEED });
  await makeAgentFolders(join(folder, "agents"), { seed: SEED, siteData });
  const hierarchy = join(siteData, "hierarchy.yaml");
  writeFileSync(hierarchy, readFileSync(hierarchy, "utf8").replace("16 Mbit/s", "6 Mbit/s").replace("10 Mbit/s", "2 Mbit/s"));

  const { process: coordinator, url } = await startCoordinator({ siteData, dataDir, listen: "127.0.0.1:0" });
  const agents = new Map<string, ChildProcess>();
  const place = (system: string) => ({ system, roles: ROLES[system as keyof typeof ROLES], folder: join(folder, "agents", system) });
  const backupSocket = (system: string) => join(folder, "sockets", system);
  const token = () => readFileSync(join(dataDir, "operator-token"), "utf8").trim();

  async function api<T>(path: string): Promise<T> {
    const reply = await fetch(new URL(path, url), { headers: { authorization: `Bearer ${token()}` } });
    return (await reply.json()) as T;
  }

  async function start(system: string): Promise<void> {
    const words = ["run", "--data-dir", agentDataDir(place(system)), "--site-backup", backupSocket(system)];
    agents.set(system, startProgram("sitewright-agent", words, { log: join(place(system).folder, "agent.log") }));
    await waitFor(`${system} to connect`, async () => {
      const { systems } = await api<{ systems: { name: string; connected: boolean }[] }>("/api/v1/overview");
      return systems.some(({ name, connected }) => name === system && connected) || undefined;
    });
  }

  const sample: Sample = {
    url,
    siteData,
    async signInLink() {
      const { stdout } = await runProgram("sitewright", ["link", "--data-dir", dataDir]);
      return stdout.trim();
    },
    async sitewright(...words) {
      const { code, stderr } = await runProgram("sitewright", [...words, "--data-dir", dataDir]);
      if (code !== 0) throw new Error(stderr);
    },
    api,
    startAgent: start,
    backupSocket,
    root: (system, role) => join(place(system).folder, role),
    stop: () => stopAll([...agents.values(), coordinator]),
  };
  try {
    await Promise.all(Object.keys(ROLES).map((system) => joinAgent(place(system), url, dataDir)));
    await Promise.all(Object.keys(ROLES).map(start));
    await stopAll([...agents].flatMap(([system, agent]) => (system === AWAY ? [agent] : [])));
    return sample;
  } catch (error) {
    await sample.stop();
    throw error;
  }
}
