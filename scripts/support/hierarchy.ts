import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram, startProgram, stopProgram, waitFor } from "./programs.ts";

export interface CoordinatorPlace {
  siteData: string;
  dataDir: string;
  listen: string;
  redis?: string;
  /** Folder with the packages of the agent. */
  agents?: string;
}

/** Starts a coordinator and waits until it answers; its address is then in its data folder. */
export async function startCoordinator(place: CoordinatorPlace): Promise<{ process: ChildProcess; url: string }> {
  const log = join(place.dataDir, "coordinator.log");
  const started = Date.now();
  const agents = place.agents === undefined ? [] : ["--agents", place.agents];
  const child = startProgram(
    "sitewright",
    ["coordinator", "--site-data", place.siteData, "--data-dir", place.dataDir, "--listen", place.listen, ...agents],
    // Not as an argument, which other local users can read: the address may hold a password.
    { log, env: place.redis ? { REDIS_URL: place.redis } : {} },
  );
  const url = await waitFor("the coordinator to answer", () => {
    if (child.exitCode !== null) throw new Error(`the coordinator did not start:\n${tail(log)}`);
    return coordinatorUrl(place.dataDir, started);
  });
  return { process: child, url };
}

function coordinatorUrl(dataDir: string, notBefore: number): string | undefined {
  const file = join(dataDir, "coordinator.json");
  if (!existsSync(file)) return undefined;
  const { url, startedAt } = JSON.parse(readFileSync(file, "utf8")) as { url: string; startedAt: number };
  return startedAt >= notBefore ? url : undefined;
}

export interface AgentPlace {
  system: string;
  roles: readonly string[];
  /** Holds a role root for each role, and the agent's own data folder. */
  folder: string;
}

export function agentDataDir(place: AgentPlace): string {
  return join(place.folder, "agent-data");
}

/** Joins an agent with a fresh token; role roots are `<folder>/<role>`. */
export async function joinAgent(place: AgentPlace, url: string, coordinatorData: string): Promise<void> {
  const token = await runProgram("sitewright", ["token", "create", "--system", place.system, "--data-dir", coordinatorData]);
  if (token.code !== 0) throw new Error(`no join token for ${place.system}: ${token.stderr}`);
  const roots = place.roles.flatMap((role) => {
    mkdirSync(join(place.folder, role), { recursive: true });
    return ["--root", `${role}=${join(place.folder, role)}`];
  });
  const joined = await runProgram("sitewright-agent", ["join", url, "--name", place.system, "--data-dir", agentDataDir(place), ...roots], {
    env: { SITEWRIGHT_JOIN_TOKEN: token.stdout.trim() },
  });
  if (joined.code !== 0) throw new Error(`${place.system} did not join: ${joined.stderr}`);
}

export function startAgent(place: AgentPlace): ChildProcess {
  return startProgram("sitewright-agent", ["run", "--data-dir", agentDataDir(place)], { log: join(place.folder, "agent.log") });
}

export async function stopAll(processes: readonly ChildProcess[]): Promise<void> {
  await Promise.all(processes.map((child) => stopProgram(child)));
}

/** The last lines of a log, for an error message. */
export function tail(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n").slice(-15).join("\n") : "";
}
