import { SitewrightError } from "@sitewright/protocol";
import type { Log } from "../packages/coordinator/src/app/log.ts";
import { createDeletionChecks, decidedIn } from "./checks/deletion-checks.ts";
import { createRunChecks } from "./checks/run-checks.ts";
import { createViolations, type Violation, type Violations } from "./checks/violations.ts";
import { OPERATOR } from "./schedule/action.ts";
import { makeSchedule } from "./schedule/actions.ts";
import { undo } from "./schedule/deletion-actions.ts";
import { createWorld, type World } from "./schedule/world.ts";
import { createRandom } from "./time/random.ts";
import { installVirtualTime, type VirtualTime } from "./time/virtual-time.ts";

export interface Outcome {
  seed: number;
  violation: Violation | undefined;
  /** The schedule, and what became of it. */
  trace: string[];
  /** Timers that ran. */
  steps: number;
  /** Runs that were started, and their phases. */
  runs: number;
  phases: number;
}

/** Once failures have stopped, everything ends within this time, ms. */
const SETTLE_MS = 30 * 60_000;
/** Within this time more every agent is connected, ms: a coordinator that refuses it may have been the last that it tried. */
const CONNECTED_MS = 900_000;
/** Within this time one that stands by leads after the other was killed, and that one stands by again, ms. */
const SUCCESSION_MS = 30_000;
/** How often the open runs are looked at, ms. */
const LOOK_MS = 2_000;
/** A Monday, shortly before an hour ends, in ms since 1970. */
const MONDAY = Date.UTC(2026, 0, 5);
const HOUR_MS = 3_600_000;

export interface SeedOptions {
  seed: number;
  /** How many there are: one leads, the others stand by. */
  coordinators: number;
  /** Receives every line that the programs log. */
  onLog?: (line: string) => void;
}

export async function runSeed(options: SeedOptions): Promise<Outcome> {
  const { seed } = options;
  const random = createRandom(seed);
  const start = MONDAY + random.whole(1, 160) * HOUR_MS - random.whole(5_000, 120_000);
  const { time, uninstall } = installVirtualTime(start, random.fork().next);
  try {
    return await simulate(options, time, start);
  } finally {
    uninstall();
  }
}

async function simulate({ seed, coordinators, onLog }: SeedOptions, time: VirtualTime, start: number): Promise<Outcome> {
  const random = createRandom(seed ^ 0x5eed);
  const elapsed = (): number => time.now() - start;
  const stamp = (): string => `${(elapsed() / 1000).toFixed(3).padStart(9)} s`;
  const trace: string[] = [];
  const tell = (text: string): void => {
    trace.push(`${stamp()}  ${text}`);
    onLog?.(`${stamp()}  ## ${text}`);
  };
  const violations = createViolations(elapsed);
  const unhandled = (error: unknown): void =>
    violations.note("no error is left alone", error instanceof Error ? String(error.stack) : String(error));
  process.on("unhandledRejection", unhandled);
  try {
    const world = createWorld({ coordinators, time, random: random.fork(), violations, tell, log: (from) => logTo(onLog, from, stamp) });
    const { systems, addresses } = world.sites.hierarchy;
    const schedule = makeSchedule(random.fork(), {
      systems: [...systems.keys()],
      addresses: [...addresses.keys()],
      coordinators,
    });
    const isOver = (): boolean => violations.first() !== undefined;
    world.start();
    for (const { at, text, perform } of schedule.actions)
      time.after(at, () => {
        tell(text);
        void perform(world);
      });
    const checks = createRunChecks(time.now, violations);
    const deletionChecks = createDeletionChecks(time.now, violations);
    const look = (): void => {
      lookAt(world, checks, time);
      const { coordinator, store } = world;
      if (coordinator) deletionChecks.look(coordinator.core.deletions.list(), store.phases(), world.isStoreCurrent());
      else deletionChecks.restarted();
    };
    const pass = async (ms: number, done: () => boolean): Promise<boolean> => {
      for (const end = elapsed() + ms; elapsed() < end && !done();) {
        await time.pass(Math.min(LOOK_MS, end - elapsed()), isOver);
        look();
      }
      return done();
    };
    await pass(schedule.ms, isOver);
    tell("failures stop");
    world.heal();
    const isEnded = (): boolean => isOver() || (world.coordinator?.core.deletions.list().length === 0 && openRuns(world).length === 0);
    await time.pass(30_000, () => isOver() || world.coordinator !== undefined);
    const isEndedAndSettled = (): boolean => {
      if (isEnded()) return true;
      settle(world);
      return false;
    };
    if (!(await pass(SETTLE_MS, isEndedAndSettled))) violations.note("everything ends", stateOf(world));
    await time.pass(5_000, isOver);
    world.store.settled();
    if (!(await time.pass(CONNECTED_MS, () => isOver() || strangers(world).length === 0)))
      violations.note("every agent is connected in the end", strangers(world).join());
    if (coordinators > 1 && !isOver()) await leadInTurn(world, time, violations);
    const [runs, phases] = [[...world.store.runs()].length, [...world.store.phases()].length];
    for (const { kill } of [world.leader, world.other]) kill(SETTLE_MS);
    for (const machine of world.machines.values()) machine.database.close();
    return { seed, violation: violations.first(), trace, steps: time.steps(), runs, phases };
  } finally {
    process.off("unhandledRejection", unhandled);
  }
}

/** Each coordinator leads once more. By then all have read what any of them wrote into the ledger. */
async function leadInTurn(world: World, time: VirtualTime, violations: Violations): Promise<void> {
  const isOver = (): boolean => violations.first() !== undefined;
  // One that was killed is there again.
  await time.pass(2 * SUCCESSION_MS, isOver);
  const decided: string[] = [];
  for (let turn = 0; turn < 2; turn++) {
    const before = world.leader;
    before.kill(SUCCESSION_MS / 2);
    const leads = (): boolean => world.coordinator !== undefined && world.leader !== before;
    if (!(await time.pass(SUCCESSION_MS, () => isOver() || leads()))) violations.note("the coordinator that stands by leads", before.name);
    if (world.coordinator) decided.push(decidedIn(world.coordinator.core));
    await time.pass(SUCCESSION_MS, isOver);
  }
  if (decided[0] !== decided[1])
    violations.note("the ledger says the same to each coordinator", decided.map((known) => `"${known}"`).join(" and "));
  undo(world, (all) => all);
  await time.pass(SUCCESSION_MS, isOver);
  const { taken } = world.sites;
  if (taken.size > 0) violations.note("names that a deletion took are back after its undo", [...taken.keys()].join());
}

/** Systems whose agents are not connected to the coordinator that leads. */
function strangers({ coordinator, network, sites }: World): string[] {
  const isConnected = (system: string): boolean => network.isOpen(system) && network.connectedTo(system) === coordinator?.process;
  return [...sites.hierarchy.systems.keys()].filter((system) => !isConnected(system));
}

function openRuns({ store }: World): string[] {
  return [...store.runs()].filter(({ endedAt }) => endedAt === undefined).map(({ id }) => id);
}

function lookAt(world: World, checks: ReturnType<typeof createRunChecks>, time: VirtualTime): void {
  const { coordinator } = world;
  if (!coordinator) return checks.restarted();
  const looked = time.as(coordinator.process, () => checks.look(coordinator.core, openRuns(world), world.isStoreCurrent()));
  // An operator who asks during an outage is told so.
  void looked.catch((error: unknown) => {
    if (!(error instanceof SitewrightError && error.code === "REDIS_UNREACHABLE")) throw error;
  });
}

/** Operators let everything go on: what is deleted or paused is no more, recoveries are abandoned, and the lines are open. */
function settle(world: World): void {
  undo(world, (all) => all);
  world.operate(async ({ addresses }) => {
    for (const { key, override } of await addresses.list()) {
      if (override?.paused) await addresses.resume(OPERATOR, key);
      if (override?.bandwidth !== "10 Mbit/s") await addresses.set(OPERATOR, key, { schedule: {}, bandwidth: "10 Mbit/s" });
    }
  });
  world.operate(async ({ recoveries }) => {
    for (const { id, state } of recoveries.list()) if (state === "open") await recoveries.abandon(OPERATOR, id, "the simulation ends");
  });
  for (const { id, state } of world.store.runs())
    if (state === "paused") world.operate(async ({ operations }) => void (await operations.resume(OPERATOR, id)));
}

function stateOf({ store }: World): string {
  const open = [...store.runs()].find(({ endedAt }) => endedAt === undefined);
  if (!open) return "no coordinator runs";
  const phases = store
    .phasesOf(open.id)
    .map(({ task, system, unit, state, waitingFor = "" }) => `${task} ${unit.name} ${system}: ${state} ${waitingFor}`);
  return `a ${open.kind} is ${open.state}: ${phases.join("; ")}`;
}

function logTo(onLog: ((line: string) => void) | undefined, from: string, stamp: () => string): Log {
  const write = (level: string) => (facts: object, message: string) =>
    onLog?.(
      `${stamp()}  ${from} ${level}: ${message} ${JSON.stringify(facts, (_, value: unknown) => (value instanceof Error ? String(value.stack) : value))}`,
    );
  if (!onLog) return SILENT;
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}

const SILENT: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
