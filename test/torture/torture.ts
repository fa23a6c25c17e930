import { setTimeout as sleep } from "node:timers/promises";
import type { RunKind } from "@sitewright/protocol";
import type { LedgerReport } from "@sitewright/protocol/api";
import type { RunView } from "../../packages/coordinator/src/app/runs/operations.ts";
import type { Run, RunOptions } from "../../packages/coordinator/src/domain/runs/run.ts";
import { overBudget } from "./checks/budgets.ts";
import { grown, sizes } from "./checks/memory.ts";
import { stillOpen } from "./checks/results.ts";
import { servedStreams } from "./checks/served.ts";
import { sentAgain } from "./checks/sent-again.ts";
import { startClients } from "./clients/clients.ts";
import { lostClientFiles, servedFaults } from "./desired-state.ts";
import { createDriver } from "./driver.ts";
import { watchMemory } from "./memory-watch.ts";
import { createObserver } from "./observer.ts";
import { makeSchedule } from "./schedule.ts";
import { SLICE_MS } from "./world/line-process.ts";
import { ADDRESSES, BANDWIDTH, systemNames } from "./world/site-server.ts";
import { COORDINATORS, SERVERS, startWorld, type World } from "./world/world.ts";

export interface Verdict {
  /** What was checked, with every violation. */
  checks: { name: string; violations: readonly string[] }[];
  /** One line of numbers. */
  facts: string;
  held: boolean;
  /** Where the files of all programs still are: something was violated, and they were to be kept then. */
  kept?: string;
}

export interface TortureOptions {
  seed: number;
  durationMs: number;
  /** Takes the acts as they begin, and what happens besides. */
  tell: (line: string) => void;
  /** Leaves the files of all programs where they are if something is violated. */
  keep?: boolean;
}

/** Until everything that was ordered has ended, once everything runs again, ms. */
const SETTLE_MS = 240_000;
/** All of it comes to its end this often, ms: a program that is stuck is killed soon otherwise, and nothing shows that it was. */
const REST_MS = 300_000;

/** Between two looks at a run, ms. */
const LOOK_MS = 200;
/** Of each log, where something did not end. */
const LAST_LINES = 15;

const AFTERWARDS = [
  ["rebuild", {}],
  ["repair", { full: true }],
  ["verify", { full: true }],
] as const;

/** Damages a hierarchy of real processes for a while, lets it settle, and checks what must hold whatever happened. */
export async function torture({ seed, durationMs, tell, keep = false }: TortureOptions): Promise<Verdict> {
  await using world = await startWorld();
  const schedule = makeSchedule(seed, durationMs, {
    systems: systemNames,
    servers: SERVERS,
    clocks: COORDINATORS,
    units: world.siteServer.units,
  });
  const unsettled = await orderToEnd(world, "rebuild", {});
  if (unsettled.length > 0) throw new Error(`nothing was damaged yet, and the rebuild failed:\n${unsettled.join("\n")}`);

  const driver = createDriver(world, tell);
  const observer = createObserver(world, driver.retried);
  await using clients = await startClients(world);
  const memory = watchMemory(world);
  const started = Date.now();
  let open: string[] = [];
  for (let from = 0; from < durationMs && open.length === 0; from += REST_MS) {
    await driver.run(
      schedule.filter(({ at }) => at >= from && at < from + REST_MS),
      from,
    );
    tell("everything is started again; what was ordered comes to its end");
    await driver.heal();
    open = await observer.settled(SETTLE_MS);
  }
  const ends = await observer.finish();
  const notRebuilt: string[] = [];
  // A byte that changed on a disk without a trace is found by hashing every byte, and only by that.
  if (open.length === 0) for (const [kind, options] of AFTERWARDS) notRebuilt.push(...(await orderToEnd(world, kind, options)));
  if (open.length + notRebuilt.length > 0) lastLines(world).forEach(tell);
  const { findings } = await world.api<LedgerReport>("/api/v1/ledger/verify");
  const samples = memory.stop();
  const { reads, written } = await clients.stop();
  const traffic = await world.lines.traffic();
  const exits = [...world.victims.values()].flatMap((victim) => victim.ownExits());
  const [right, wrong] = [exits.filter(({ isRight }) => isRight), exits.filter(({ isRight }) => !isRight)];

  const served = COORDINATORS.reduce((sum, name) => sum + servedStreams(world.log(name)), 0);

  const checks = [
    { name: "what clients read was one generation, complete, and never older than before", violations: clients.violations() },
    { name: "every file that clients wrote is there or was collected, once", violations: lostClientFiles(clients.places, written) },
    { name: "every run ended once everything worked again", violations: open },
    { name: "every order has exactly one result", violations: [...observer.violations(), ...ends.faults] },
    { name: "a rebuild, a repair and a verification of everything succeed afterwards", violations: notRebuilt },
    { name: "what is served equals the site data, byte by byte", violations: servedFaults(world, clients.places) },
    {
      name: "an interruption costs at most 1 MiB of each running unit",
      violations: sentAgain(ends.stagings, [...driver.interruptions(), ...traffic.flipped, ...right.map(({ at }) => ({ at }))]),
    },
    {
      name: "no second of a line was above its budget",
      violations: ADDRESSES.flatMap((address) => overBudget(traffic, address, BANDWIDTH, SLICE_MS)),
    },
    { name: "the ledger has what was recorded, as it was written", violations: findings.map(({ message }) => message) },
    { name: "a coordinator that stood by served content", violations: served > 0 ? [] : ["no content stream began there"] },
    { name: "no program grew without bound", violations: grown(samples) },
    {
      name: "no program ended by itself, but a coordinator that must not lead any more",
      violations: wrong.map(({ how }) => how),
    },
  ];
  const done = Object.entries(driver.counts()).map(([what, times]) => `${what} ${times}`);
  const files = Object.values(written).reduce((sum, number) => sum + number, 0);
  const failures = [...ends.failures].map(([code, times]) => `${code} ${times}`);
  const facts = [
    `${((Date.now() - started) / 60_000).toFixed(1)} min`,
    ...done,
    `runs ${ends.runs}`,
    `orders ${ends.phases}`,
    `failed ones: ${failures.join(", ") || "none"}`,
    `reads of a unit ${reads}`,
    `files of clients ${files}`,
    `streams from a coordinator that stood by ${served}`,
    `coordinators that ended because they must not lead ${right.length}`,
    `memory ${sizes(samples)}`,
  ].join("; ");
  const held = checks.every(({ violations }) => violations.length === 0);
  return { checks, facts, held, ...(keep && !held ? { kept: world.keep() } : {}) };
}

/** @returns Why it did not succeed. */
async function orderToEnd(world: World, kind: RunKind, options: Partial<RunOptions>): Promise<string[]> {
  const { id } = await world.api<Run>("/api/v1/runs", { method: "POST", body: JSON.stringify({ kind, options }) });
  const view = () => world.api<RunView>(`/api/v1/runs/${id}`);
  const open = () => view().then(stillOpen, (error: unknown) => [String(error)]);
  const until = Date.now() + SETTLE_MS;
  let left = await open();
  for (; left.length > 0 && Date.now() < until; left = await open()) await sleep(LOOK_MS);
  if (left.length > 0) return left;
  const { run, phases } = await view();
  if (run.state === "done" && run.problems.length === 0) return [];
  const failed = phases.filter(({ state }) => state === "failed");
  return [
    `the ${kind} ended as ${run.state}`,
    ...run.problems.map((problem) => `${problem.code}: ${problem.message}`),
    ...failed.map(({ unit, system, outcome }) => `${unit.name} on ${system}: ${JSON.stringify(outcome)}`),
  ];
}

/** What the programs logged last: why something did not end. */
function lastLines(world: World): string[] {
  const logged = [...COORDINATORS, ...systemNames];
  return logged.flatMap((name) => {
    const lines = world.log(name).trimEnd().split("\n").slice(-LAST_LINES);
    return lines.map((line) => `${name}: ${line}`);
  });
}
