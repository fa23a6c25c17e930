import { execFile } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "@sitewright/testkit/free-port";
import { noise } from "@sitewright/testkit/noise";
import { isSavedOrExpendable } from "../packages/coordinator/src/adapters/backup/data-folder.ts";
import type { AgentEntry, LedgerPage, Overview, RunView } from "../packages/protocol/src/api/index.ts";
import { startCoordinator } from "../scripts/support/hierarchy.ts";
import { runProgram, stopProgram, waitFor, type Finished } from "../scripts/support/programs.ts";
import { operatorToken, startFleet, type Fleet, type Restartable } from "./support/fleet.ts";

// The runbook "When the site server is lost" of docs/operations.md, step by step.

const SYSTEMS = ["SRVABC", "DPABC"];

let fleet: Fleet;
let standIn: string;
let passphrase: string;
let backup: string;
let running: Awaited<ReturnType<typeof startCoordinator>> | undefined;
beforeAll(async () => {
  fleet = await startFleet({
    systems: { SRVABC: { roles: ["cap", "logon-point", "dp"] }, DPABC: { roles: ["dp"] } },
    packages: { ABC00001: { files: { "a.bin": noise(2_000_000, 1), "b.txt": "b" } } },
    absent: SYSTEMS,
  });
  const port = await freePort();
  standIn = `https://localhost:${port}`;
  [passphrase, backup] = [join(fleet.folder, "passphrase"), join(fleet.folder, "sitewright.backup")];
  writeFileSync(passphrase, "correct horse battery staple\n", { mode: 0o600 });
});
afterAll(async () => {
  if (running) await stopProgram(running.process);
  await fleet?.[Symbol.asyncDispose]();
});

async function ok(doing: Promise<Finished>): Promise<Finished> {
  const done = await doing;
  expect(done, done.stderr).toMatchObject({ code: 0 });
  return done;
}

const dataOf = (system: string): string => join(fleet.agent(system).place.folder, "agent-data");
const sitewright = (dataDir: string, ...args: string[]): Promise<Finished> => runProgram("sitewright", [...args, "--data-dir", dataDir]);

/** From the coordinator on this data folder, by its own address. */
async function ask<T>(dataDir: string, path: string): Promise<T> {
  const { url } = JSON.parse(readFileSync(join(dataDir, "coordinator.json"), "utf8")) as { url: string };
  const answer = await fetch(new URL(path, url), { headers: { connection: "close", authorization: `Bearer ${operatorToken(dataDir)}` } });
  return (await answer.json()) as T;
}

/** A coordinator at the address of the machine that stands in. */
async function startStandIn(dataDir: string): Promise<void> {
  running = await startCoordinator({ siteData: fleet.siteData, dataDir, listen: new URL(standIn).host.replace("localhost", "127.0.0.1") });
}

async function allConnected(dataDir: string): Promise<void> {
  await waitFor("all agents to connect", async () => {
    const agents = await ask<AgentEntry[]>(dataDir, "/api/v1/agents");
    return agents.filter(({ state }) => state === "connected").length === SYSTEMS.length || undefined;
  });
}

/** Content that a rebuild of everything sent, bytes. */
async function rebuild(dataDir: string): Promise<{ state: string; fetched: number; units: number }> {
  const { run, totals } = JSON.parse((await sitewright(dataDir, "rebuild", "--json")).stdout) as RunView;
  return { state: run.state, fetched: totals.fetchedBytes, units: totals.units };
}

const each = <T>(work: (agent: Restartable & { place: { folder: string } }, system: string) => Promise<T>): Promise<T[]> =>
  Promise.all(SYSTEMS.map((system) => work(fleet.agent(system), system)));

test("agents that know a second address follow a coordinator restored there, are sent nothing that is there, and refuse the lost one", async () => {
  await each(async (agent, system) => {
    const token = (await ok(fleet.sitewright("token", "create", "--system", system))).stdout.trim();
    const roots = fleet.agent(system).place.roles.flatMap((role) => ["--root", `${role}=${join(agent.place.folder, role)}`]);
    const args = ["join", fleet.url, standIn, "--name", system, "--data-dir", dataOf(system), ...roots];
    await ok(runProgram("sitewright-agent", args, { env: { SITEWRIGHT_JOIN_TOKEN: token } }));
    await agent.start();
  });
  await fleet.connected();
  expect(await rebuild(fleet.dataDir)).toMatchObject({ state: "done", units: 4 });
  await ok(fleet.sitewright("backup", backup, "--passphrase-file", passphrase));
  expect(statSync(backup).mode & 0o777).toBe(0o600);
  // The output of the programs is a file of the test.
  expect(readdirSync(fleet.dataDir).filter((name) => !isSavedOrExpendable(name))).toEqual(["coordinator.log"]);
  // The backup is older than what agents see.
  writeFileSync(join(fleet.siteData, "packages/ABC00001/source/b.txt"), "a later one");
  expect(await rebuild(fleet.dataDir)).toMatchObject({ state: "done" });

  await fleet.coordinator.kill();
  const restored = join(fleet.folder, "restored");
  await ok(sitewright(restored, "restore", backup, "--passphrase-file", passphrase));
  await startStandIn(restored);
  await allConnected(restored);
  expect(await rebuild(restored)).toEqual({ state: "done", fetched: 0, units: 4 });
  expect(readdirSync(restored).filter((name) => !isSavedOrExpendable(name))).toEqual(["coordinator.log"]);
  const { entries } = await ask<LedgerPage>(restored, "/api/v1/ledger?limit=50");
  expect(entries.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["backup-made", "coordinator-restored", "join-token-made"]));

  // The lost machine comes back, and the restored one is down.
  await stopProgram(running!.process);
  await fleet.coordinator.start();
  await waitFor("both agents to refuse it", async () => {
    const { systems } = await ask<Overview>(fleet.dataDir, "/api/v1/overview");
    return (
      systems.filter(({ warnings = [] }) => warnings.some((text) => text.startsWith("COORDINATOR_SUPERSEDED"))).length === 2 || undefined
    );
  });
  expect((await ask<AgentEntry[]>(fleet.dataDir, "/api/v1/agents")).map(({ state }) => state)).not.toContain("connected");
  await fleet.coordinator.stop();
});

test("agents follow a prepared stand-in with a CA of its own by the word of the coordinator, without its key and a re-join, and are sent nothing that is there", async () => {
  const restored = join(fleet.folder, "restored");
  const [prepared, ca] = [join(fleet.folder, "prepared"), join(fleet.folder, "standin-ca.pem")];
  await startStandIn(restored);
  // The lost machine refused them in the test before: their next attempt would be late.
  await each(async (agent) => {
    await agent.stop();
    await agent.start();
  });
  await allConnected(restored);
  await ok(sitewright(prepared, "stand-in", "prepare"));
  copyFileSync(join(prepared, "ca.pem"), ca);
  const taken = await ok(sitewright(restored, "backup", backup, "--for", ca));
  expect(taken.stderr).toContain("it holds no key");
  await allConnected(restored);
  await stopProgram(running!.process);

  const done = await ok(sitewright(prepared, "restore", backup));
  expect(done.stdout).toContain("stands in for the coordinator of");
  await startStandIn(prepared);
  await allConnected(prepared);
  expect(await rebuild(prepared)).toEqual({ state: "done", fetched: 0, units: 4 });
  await stopProgram(running!.process);
});

test("without a backup all agents join again by one command and the line in one file each, and are sent nothing that is there", async () => {
  await each((agent) => agent.stop());
  const fresh = join(fleet.folder, "fresh");
  mkdirSync(fresh, { mode: 0o700 });
  await startStandIn(fresh);
  const lines = join(fleet.folder, "lines");
  await ok(sitewright(fresh, "token", "create", "--all", "--again", "--ttl", "7d", "--dir", lines, "--at", standIn));
  expect(readdirSync(lines).toSorted()).toEqual(["DPABC.join", "SRVABC.join"]);
  expect(statSync(join(lines, "DPABC.join")).mode & 0o777).toBe(0o600);

  const bin = join(fleet.folder, "bin");
  mkdirSync(bin);
  const program = join(import.meta.dirname, "../packages/agent/bin/sitewright-agent.mjs");
  writeFileSync(join(bin, "sitewright-agent"), `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`);
  chmodSync(join(bin, "sitewright-agent"), 0o755);
  const env = { ...process.env, PATH: `${bin}:${process.env["PATH"]}` };
  await each(async (agent, system) => {
    const line = readFileSync(join(lines, `${system}.join`), "utf8").trim();
    await promisify(execFile)("sh", ["-c", `${line} --data-dir ${dataOf(system)}`], { env });
    await agent.start();
  });
  await allConnected(fresh);
  expect(await rebuild(fresh)).toEqual({ state: "done", fetched: 0, units: 4 });
});
