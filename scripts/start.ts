import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { makeAgentFolders, makeSample } from "./sample/make-sample.ts";
import { build } from "./support/build.ts";
import { startAgent, startCoordinator, stopAll, joinAgent, type AgentPlace } from "./support/hierarchy.ts";
import { runProgram } from "./support/programs.ts";
import { ensureInstalled } from "./support/installed.ts";
import { REDIS_SERVER } from "./support/redis-server.ts";
import { terminalText } from "../packages/protocol/src/terminal-text.ts";

const SEED = 2001;

const { values: options } = parseArgs({
  options: {
    once: { type: "boolean", default: false },
    "site-data": { type: "string" },
    agents: { type: "string" },
    listen: { type: "string" },
    redis: { type: "string", default: process.env.REDIS_URL ?? "" },
  },
});

ensureInstalled(REDIS_SERVER);
build();
mkdirSync(".sitewright", { recursive: true });
const scratch = options.once ? mkdtempSync(resolve(".sitewright/once-")) : resolve(".sitewright");
const processes: ChildProcess[] = [];

process.once("SIGINT", () => void end(130));
process.once("SIGTERM", () => void end(143));

try {
  const siteData = await prepareSiteData();
  const coordinatorData = join(scratch, "coordinator");
  const coordinator = await startCoordinator({
    siteData,
    dataDir: coordinatorData,
    listen: options.listen ?? (options.once ? "127.0.0.1:0" : "127.0.0.1:7400"),
    ...(options.redis ? { redis: options.redis } : {}),
  });
  processes.push(coordinator.process);
  console.error(`coordinator: ${coordinator.url}`);

  const agents = await prepareAgents(siteData, coordinatorData);
  await Promise.all(agents.map((agent) => joinAgent(agent, coordinator.url, coordinatorData)));
  for (const agent of agents) processes.push(startAgent(agent));
  console.error(`agents: ${agents.map((agent) => agent.system).join(", ")}`);
  if (!options.once) console.error(`\nWatch it in the browser (this link signs in once): ${await signInLink(coordinatorData)}`);
  console.error("");

  const summary = await rebuildAndVerify(coordinatorData, agents.length);
  if (options.once) {
    await stopAll(processes);
    rmSync(scratch, { recursive: true, force: true });
    console.log(JSON.stringify(summary));
    process.exit(summary.verified ? 0 : 1);
  }
  console.log(JSON.stringify(summary));
  console.error(
    [
      `\nIt stays up at ${coordinator.url} until Ctrl+C. In another terminal:`,
      `  npx sitewright status --data-dir ${coordinatorData}`,
      `  npx sitewright link --data-dir ${coordinatorData}      # another link that signs a browser in`,
    ].join("\n"),
  );
} catch (error) {
  console.error(terminalText(`sitewright: ${error instanceof Error ? error.message : String(error)}`));
  await end(1);
}

/** The user's own site data, or the sample's. */
async function prepareSiteData(): Promise<string> {
  if (options["site-data"]) return resolve(options["site-data"]);
  const folder = join(scratch, "sample");
  if (!existsSync(join(folder, "hierarchy.yaml"))) await makeSample(folder, { seed: SEED });
  return folder;
}

/** One place for each system; the sample's get stale and damaged content at every start. */
async function prepareAgents(siteData: string, coordinatorData: string): Promise<AgentPlace[]> {
  const folder = options.agents ? resolve(options.agents) : join(scratch, "agents");
  if (!options.agents) rmSync(folder, { recursive: true, force: true });
  if (!options.agents && !options["site-data"]) await makeAgentFolders(folder, { seed: SEED, siteData });
  const status = await runProgram("sitewright", ["status", "--json", "--data-dir", coordinatorData]);
  if (status.code !== 0) throw new Error(status.stderr);
  const { systems } = JSON.parse(status.stdout) as { systems: { name: string; roles: string[] }[] };
  return systems
    .filter((system) => system.roles.length > 0)
    .map((system) => ({ system: system.name, roles: system.roles, folder: join(folder, system.name) }));
}

async function signInLink(dataDir: string): Promise<string> {
  const { code, stdout, stderr } = await runProgram("sitewright", ["link", "--data-dir", dataDir]);
  if (code !== 0) throw new Error(stderr);
  return stdout.trim();
}

interface Summary {
  systems: number;
  units: number;
  bytesSource: number;
  bytesReused: number;
  bytesSent: number;
  seconds: number;
  verified: boolean;
}

interface RunJson {
  run: { state: string };
  totals: { units: number; sourceBytes: number; reusedBytes: number; wireBytes: number };
}

async function rebuildAndVerify(dataDir: string, systems: number): Promise<Summary> {
  const started = performance.now();
  const rebuilt = await verb("rebuild", ["--wait"], dataDir);
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  console.error("");
  const verified = await verb("verify", ["--full"], dataDir);
  const { units, sourceBytes, reusedBytes, wireBytes } = rebuilt.totals;
  const right = rebuilt.run.state === "done" && verified.run.state === "done" && verified.totals.units === units;
  return { systems, units, bytesSource: sourceBytes, bytesReused: reusedBytes, bytesSent: wireBytes, seconds, verified: right };
}

async function verb(name: string, args: string[], dataDir: string): Promise<RunJson> {
  const { stdout } = await runProgram("sitewright", [name, "--json", "--data-dir", dataDir, ...args], { showErrors: true });
  if (!stdout) throw new Error(`${name} gave no result: see the message above`);
  return JSON.parse(stdout) as RunJson;
}

async function end(code: number): Promise<never> {
  await stopAll(processes);
  if (options.once) rmSync(scratch, { recursive: true, force: true });
  process.exit(code);
}
