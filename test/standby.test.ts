import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "@sitewright/testkit/free-port";
import { noise } from "@sitewright/testkit/noise";
import type { AgentEntry, CoordinatorMember, LedgerPage, LedgerReport, Overview, RunView } from "../packages/protocol/src/api/index.ts";
import { contentServer } from "../packages/coordinator/src/domain/agents/content-server.ts";
import { startCoordinator } from "../scripts/support/hierarchy.ts";
import { runProgram, stopProgram, waitFor, type Finished } from "../scripts/support/programs.ts";
import { openVisitors } from "./support/browser.ts";
import { operatorToken, startFleet, type Fleet } from "./support/fleet.ts";
import { startRedis, type OwnRedis } from "./support/redis.ts";
import { readTree } from "./support/trees/trees.ts";

// Two coordinators of one hierarchy on one Redis, of which one leads.

const SYSTEMS = ["SRVABC", "SRVSEC"];
const MiB = 1024 ** 2;

let redis: OwnRedis;
let fleet: Fleet;
let other: { dataDir: string; url: string; running: Awaited<ReturnType<typeof startCoordinator>> | undefined };

beforeAll(async () => {
  redis = await startRedis();
  fleet = await startFleet({
    systems: { SRVABC: { roles: ["cap", "dp"] }, SRVSEC: { site: "SEC", roles: ["dp"] } },
    bandwidth: "16 Mbit/s",
    packages: { ABC00001: { files: { "a.bin": noise(6_000_000, 1), "b.txt": "b" } } },
    redis: redis.url,
    absent: SYSTEMS,
  });
  other = { dataDir: join(fleet.folder, "other"), url: `https://127.0.0.1:${await freePort()}`, running: undefined };
  for (const system of SYSTEMS) await joinAgent(system);
  await fleet.connected();
  const backup = join(fleet.folder, "sitewright.backup");
  await ok(fleet.sitewright("backup", backup));
  await ok(runProgram("sitewright", ["restore", backup, "--data-dir", other.dataDir]));
  writeFileSync(join(other.dataDir, "member-id"), serverOf("SEC", readFileSync(join(fleet.dataDir, "member-id"), "utf8").trim()));
  await startOther();
});

afterAll(async () => {
  if (other?.running) await stopProgram(other.running.process);
  await fleet?.[Symbol.asyncDispose]();
  await redis?.[Symbol.asyncDispose]();
});

async function ok(doing: Promise<Finished>): Promise<Finished> {
  const done = await doing;
  expect(done, done.stderr).toMatchObject({ code: 0 });
  return done;
}

/** One agent with the addresses of both coordinators, and one with that of the first alone, which names the other. */
async function joinAgent(system: string): Promise<void> {
  const token = (await ok(fleet.sitewright("token", "create", "--system", system))).stdout.trim();
  const { folder, roles } = fleet.agent(system).place;
  const roots = roles.flatMap((role) => ["--root", `${role}=${join(folder, role)}`]);
  const urls = system === "SRVABC" ? [fleet.url, other.url] : [fleet.url];
  const args = ["join", ...urls, "--name", system, "--data-dir", join(folder, "agent-data"), ...roots];
  await ok(runProgram("sitewright-agent", args, { env: { SITEWRIGHT_JOIN_TOKEN: token } }));
  await fleet.agent(system).start();
}

/** The id of a coordinator that serves the line while this one leads. */
function serverOf(line: string, leads: string): string {
  for (;;) {
    const id = randomUUID();
    if (contentServer(line, [leads, id]) === id) return id;
  }
}

async function startOther(): Promise<void> {
  const { host } = new URL(other.url);
  other.running = await startCoordinator({ siteData: fleet.siteData, dataDir: other.dataDir, listen: host, redis: redis.url });
}

/** From the coordinator on this data folder, with the token that is there. */
async function ask<T>(dataDir: string, path: string): Promise<T> {
  const { url } = JSON.parse(readFileSync(join(dataDir, "coordinator.json"), "utf8")) as { url: string };
  const answer = await fetch(new URL(path, url), { headers: { connection: "close", authorization: `Bearer ${operatorToken(dataDir)}` } });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as T;
}

const membersSeenBy = (dataDir: string) => ask<CoordinatorMember[]>(dataDir, "/api/v1/coordinators");

/** Waits until the coordinator on this data folder leads, and all agents are connected to it. */
async function allConnected(dataDir: string): Promise<void> {
  await waitFor("it to lead with all agents", async () => {
    const [first] = await membersSeenBy(dataDir).catch(() => []);
    if (!first?.leads || first.url !== urlIn(dataDir)) return undefined;
    const agents = await ask<AgentEntry[]>(dataDir, "/api/v1/agents");
    return agents.every(({ state }) => state === "connected") || undefined;
  });
}

/** Waits until the coordinator on one data folder leads, and that on the other stands by; whichever is asked. */
async function bothThere(leads: string, standsBy: string): Promise<void> {
  const members = [
    { url: urlIn(leads), leads: true },
    { url: urlIn(standsBy), leads: false },
  ];
  for (const asked of [leads, standsBy])
    await expect.poll(async () => (await membersSeenBy(asked)).map(({ url, leads: is }) => ({ url, leads: is }))).toEqual(members);
}

/** Starts a rebuild that sends everything, and returns once a part of it was sent. */
async function halfway(dataDir: string): Promise<string> {
  const started = await ok(runProgram("sitewright", ["rebuild", "--full", "--detach", "--data-dir", dataDir]));
  const id = started.stdout.trim();
  await waitFor("a part of the bytes", async () => {
    const { totals } = await ask<RunView>(dataDir, `/api/v1/runs/${id}`);
    return totals.fetchedBytes > MiB || undefined;
  });
  return id;
}

/** Follows a run to its end: every unit is as its source. */
async function finish(id: string, dataDir: string): Promise<RunView["totals"]> {
  const { stdout } = await ok(runProgram("sitewright", ["watch", id, "--json", "--data-dir", dataDir]));
  const { run, totals } = JSON.parse(stdout) as RunView;
  expect(run.state).toBe("done");
  const source = readTree(join(fleet.siteData, "packages/ABC00001/source"));
  for (const system of SYSTEMS) expect(readTree(join(fleet.agent(system).root("dp"), "ABC00001"))).toEqual(source);
  return totals;
}

function urlIn(dataDir: string): string {
  const { url } = JSON.parse(readFileSync(join(dataDir, "coordinator.json"), "utf8")) as { url: string };
  return url.replace("http:", "https:");
}

function logOf(folder: string, name = "coordinator.log"): string {
  return readFileSync(join(folder, name), "utf8");
}

test("one that stands by shows the whole hierarchy, and passes on what operators ask for", async () => {
  await bothThere(fleet.dataDir, other.dataDir);
  const { systems } = await ask<Overview>(other.dataDir, "/api/v1/overview");
  expect(systems.map(({ name }) => name).sort()).toEqual(SYSTEMS);
  const { stdout } = await ok(runProgram("sitewright", ["status", "--data-dir", other.dataDir]));
  expect(stdout).toContain("SRVSEC");
  expect(stdout).toMatch(new RegExp(`${urlIn(fleet.dataDir)} .* leads\n${other.url} .* stands by`));
});

test("a browser at the one that stands by is live, and lists both", async () => {
  const there = { url: urlIn(other.dataDir).replace("https:", "http:"), dataDir: other.dataDir } as Fleet;
  await using visitors = await openVisitors(() => there);
  await using visit = await visitors.operator();
  const table = visit.page.getByRole("table", { name: "Coordinators of this hierarchy" });
  await table.getByText("stands by").waitFor();
  expect(await table.getByRole("row").allInnerTexts()).toEqual([
    expect.stringContaining("State"),
    expect.stringMatching(new RegExp(`${urlIn(fleet.dataDir)}\\s+leads`)),
    expect.stringMatching(new RegExp(`${other.url}\\s+stands by`)),
  ]);
  await fleet.agent("SRVSEC").stop();
  await visit.page.getByText("away").first().waitFor();
  await fleet.agent("SRVSEC").start();
  await fleet.connected();
  expect(visit.faults).toEqual([]);
});

/** Systems to which this coordinator has opened content streams, in the part of its log that began at this length. */
function servedBy(dataDir: string, from: number): string[] {
  const lines = logOf(dataDir).slice(from).split("\n").slice(0, -1);
  const streams = lines.map((line) => JSON.parse(line) as { msg: string; system?: string });
  return [...new Set(streams.flatMap(({ msg, system }) => (msg === "a content stream begins" && system ? [system] : [])))];
}

test("each serves the systems of its lines, as the one that leads grants, and killing the one that stands by costs what was under way alone", async () => {
  await waitFor("its agent to be told", () => {
    const log = logOf(fleet.agent("SRVSEC").place.folder, "agent.log");
    return log.lastIndexOf("another coordinator serves content") > log.lastIndexOf("the agent of SRVSEC starts") || undefined;
  });
  const [led, stoodBy] = [fleet.dataDir, other.dataDir].map((dataDir) => logOf(dataDir).length) as [number, number];
  const id = await halfway(fleet.dataDir);
  expect([servedBy(fleet.dataDir, led), servedBy(other.dataDir, stoodBy)]).toEqual([["SRVABC"], ["SRVSEC"]]);
  other.running?.process.kill("SIGKILL");
  const { retriedBytes } = await finish(id, fleet.dataDir);
  expect(retriedBytes).toBeLessThan(MiB);
  expect(servedBy(fleet.dataDir, led).sort()).toEqual(SYSTEMS);
  await startOther();
  await bothThere(fleet.dataDir, other.dataDir);
});

test("when the one that leads is killed in mid-rebuild, the other leads, and nothing that was verified is sent again", async () => {
  const id = await halfway(fleet.dataDir);
  await fleet.coordinator.kill();
  await allConnected(other.dataDir);
  const { retriedBytes } = await finish(id, other.dataDir);
  expect(retriedBytes).toBeLessThan(SYSTEMS.length * MiB);
});

test("one that comes back stands by, takes over what was changed meanwhile, and its agents follow it when it leads again", async () => {
  await ok(runProgram("sitewright", ["address", "set", "SEC", "--bandwidth", "20 Mbit/s", "--data-dir", other.dataDir]));
  await fleet.coordinator.start();
  await bothThere(other.dataDir, fleet.dataDir);
  const id = await halfway(fleet.dataDir);
  other.running?.process.kill("SIGKILL");
  await allConnected(fleet.dataDir);
  await finish(id, fleet.dataDir);
  const { entries } = await ask<LedgerPage>(fleet.dataDir, "/api/v1/ledger?kind=address-set");
  expect(entries).toMatchObject([{ about: { address: "SEC" } }]);
  expect((await ask<LedgerReport>(fleet.dataDir, "/api/v1/ledger/verify")).findings).toEqual([]);
});

test("one that was stopped for a while while the other took over ends itself, and changes nothing of what that one does", async () => {
  await startOther();
  await bothThere(fleet.dataDir, other.dataDir);
  const id = await halfway(fleet.dataDir);
  const stopped = fleet.coordinator.process;
  const ended = new Promise<number | null>((resolve) => stopped?.once("exit", resolve));
  stopped?.kill("SIGSTOP");
  await allConnected(other.dataDir);
  stopped?.kill("SIGCONT");
  expect(await ended).toBe(1);
  expect(fleet.coordinator.log()).toMatch(/NOT_LEADING|REDIS_IN_USE/);
  await finish(id, other.dataDir);
});

test("through an outage of Redis that is longer than a lease the one that leads pauses, then one of both leads, and finishes what was begun", async () => {
  await fleet.coordinator.start();
  await bothThere(other.dataDir, fleet.dataDir);
  const id = await halfway(other.dataDir);
  const { protocol, pathname } = new URL(redis.url);
  const client = new Redis(protocol === "unix:" ? pathname : redis.url);
  const outage = client.call("CLIENT", "PAUSE", 8_000).then(() => client.get("any"));
  await waitFor("the one that leads to pause", () => logOf(other.dataDir).includes("this one sends nothing until") || undefined);
  expect([other.running?.process.exitCode, fleet.coordinator.process?.exitCode]).toEqual([null, null]);
  await outage;
  client.disconnect();
  const leads = await waitFor("one to lead", async () => {
    const seen = await Promise.all([other, fleet].map(({ dataDir }) => membersSeenBy(dataDir).catch(() => [])));
    const url = seen.flat().find(({ leads: is }) => is)?.url;
    return [other, fleet].find(({ dataDir }) => urlIn(dataDir) === url);
  });
  await allConnected(leads.dataDir);
  await finish(id, leads.dataDir);
});
