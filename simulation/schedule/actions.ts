import { RUN_KINDS, type RunKind } from "@sitewright/protocol";
import { LOST_PRIMARY } from "../../packages/expert/test-support/answers.ts";
import type { Mishap } from "../programs/machine.ts";
import type { Random } from "../time/random.ts";
import { OPERATOR, type Action, type Make } from "./action.ts";
import { FAILURES_OF_SEVERAL } from "./coordinator-actions.ts";
import { DELETIONS } from "./deletion-actions.ts";

/** Of each kind of failure, and how often it is drawn beside the others. */
const FAILURES: [weight: number, make: Make][] = [
  [3, (random, systems) => agentKilled(random.pick(systems), random.whole(200, 20_000))],
  [3, (random, systems) => cut(random.pick(systems), random.whole(50, 15_000))],
  [1, (random, systems) => silent(random.pick(systems))],
  [2, (random, systems) => slow(random.pick(systems), random.whole(500, 8_000), random.whole(1_000, 30_000))],
  [3, (random) => coordinatorKilled(random.whole(300, 15_000))],
  [1, (random) => coordinatorStopped(random.whole(300, 5_000))],
  [3, (random) => redisCrashed(random.whole(0, 1_000), random.whole(50, random.chance(0.2) ? 20_000 : 3_000))],
  [1, (random) => redisCrashed("all", random.whole(50, 3_000))],
  [1, (random) => redisCrashesAtStart(random.whole(1, 400), random.chance(0.2) ? "all" : random.whole(0, 1_000))],
  [2, (random, systems) => clockSet(random.chance(0.5) ? undefined : random.pick(systems), random.pick(CLOCKS))],
  [4, (random, systems) => mishap(random.pick(systems), random.pick(MISHAPS))],
  [1, (random) => ({ text: "results arrive twice", perform: (world) => void (world.network.duplicates = random.pick([0.2, 0.6])) })],
  [1, () => ({ text: "the next source cannot be indexed", perform: (world) => void (world.sites.failures += 1) })],
];

/** How far a clock is ahead once it is set, ms. It may be set from one of these to another. */
const CLOCKS = [0, 0, -86_400_000, -3_600_000, -200_000, 200_000, 3_600_000, 86_400_000];

const MISHAPS: Mishap[] = [
  "IO_ERROR",
  "IO_ERROR",
  "FOLDER_IN_USE",
  "STAGING_DAMAGED",
  "STAGING_DAMAGED",
  "SWITCH_BLOCKED",
  "stuck",
  "slow",
];

/** What operators do. */
const REQUESTS: [weight: number, make: Make][] = [
  [4, (random, systems) => start(random, systems)],
  [2, (random) => onRun(random.next(), "cancel")],
  [1, (random) => onRun(random.next(), "pause")],
  [1, (random) => onRun(random.next(), "resume")],
  [2, (random) => onRun(random.next(), "retry")],
  [1, (random, _, addresses) => onAddress(random, addresses)],
  [2, (random) => edit(random.next())],
  [1, (random, systems) => taken(random.pick(systems))],
  [1, (random, systems, addresses) => moved(random.pick(systems), random.pick(["ABC", ...addresses]))],
  [1, (random, _, addresses) => lineEdited(random, addresses)],
  [1, (random, systems) => assigned(random.next(), random.pick(systems), random.chance(0.5))],
  [1, (random) => onRecovery(random.chance(0.6) ? "open" : "abandon")],
];

const KINDS: RunKind[] = [
  "rebuild",
  "rebuild",
  "rebuild",
  "update",
  "repair",
  "redistribute",
  "refresh",
  "undo",
  "remove",
  "verify",
  "plan",
];

export interface Scheduled {
  systems: readonly string[];
  addresses: readonly string[];
  coordinators: number;
}

/** A schedule: requests and failures, in the order of their times. */
export function makeSchedule(random: Random, { systems, addresses, coordinators }: Scheduled): { actions: Action[]; ms: number } {
  const ms = random.whole(15_000, 90_000);
  const failing = coordinators === 1 ? FAILURES : [...FAILURES, ...FAILURES_OF_SEVERAL];
  const first = { ...start(random, systems, "rebuild"), at: random.whole(0, 3_000) };
  const draw = (table: typeof FAILURES): Action => ({
    ...weighted(random, table)(random, systems, addresses),
    at: random.whole(1_000, ms),
  });
  const failures = Array.from({ length: random.whole(1, 12) }, () => draw(failing));
  const asked = coordinators === 1 ? REQUESTS : [...REQUESTS, ...DELETIONS];
  const requests = Array.from({ length: random.whole(0, 7) }, () => draw(asked));
  return { actions: [first, ...failures, ...requests].sort((a, b) => a.at - b.at), ms };
}

function weighted(random: Random, table: typeof FAILURES): Make {
  let left = random.next() * table.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, make] of table) {
    left -= weight;
    if (left < 0) return make;
  }
  return (table[0] as (typeof FAILURES)[number])[1];
}

function agentKilled(system: string, ms: number): Omit<Action, "at"> {
  return { text: `the agent of ${system} is killed, for ${ms} ms`, perform: (world) => world.killAgent(system, ms) };
}

function cut(system: string, ms: number): Omit<Action, "at"> {
  return { text: `the connection of ${system} is cut, for ${ms} ms`, perform: (world) => world.network.cut(system, ms) };
}

function silent(system: string): Omit<Action, "at"> {
  return { text: `nothing arrives any more over the connection of ${system}`, perform: (world) => world.network.silence(system) };
}

function slow(system: string, late: number, ms: number): Omit<Action, "at"> {
  return { text: `messages of ${system} are ${late} ms late, for ${ms} ms`, perform: (world) => world.network.slow(system, late, ms) };
}

function coordinatorKilled(ms: number): Omit<Action, "at"> {
  return { text: `the coordinator is killed, for ${ms} ms`, perform: ({ leader }) => leader.kill(ms) };
}

function coordinatorStopped(ms: number): Omit<Action, "at"> {
  return { text: `the coordinator is stopped, for ${ms} ms`, perform: ({ leader }) => leader.stop(ms) };
}

function redisCrashed(lost: number | "all", ms: number): Omit<Action, "at"> {
  return { text: `Redis crashes, loses ${amount(lost)}, and is away for ${ms} ms`, perform: (world) => world.crashRedis(lost, ms) };
}

/** While the coordinator reads what there is. */
function redisCrashesAtStart(after: number, lost: number | "all"): Omit<Action, "at"> {
  return {
    text: `the coordinator is killed, and Redis crashes and loses ${amount(lost)} ${after} ms after its next start`,
    perform(world) {
      world.crashRedisAtStart(after, lost, 500);
      world.leader.kill(1_000);
    },
  };
}

function amount(lost: number | "all"): string {
  return lost === "all" ? "all of it" : `${lost} ms`;
}

/** @param system Undefined: that of the coordinator. */
function clockSet(system: string | undefined, aheadMs: number): Omit<Action, "at"> {
  const off = aheadMs === 0 ? "right" : `${Math.abs(aheadMs) / 1000} s ${aheadMs > 0 ? "ahead" : "behind"}`;
  return {
    text: `the clock of ${system ?? "the coordinator"} is set: it is ${off}`,
    perform({ machines, leader }) {
      const clock = system === undefined ? leader.clock : machines.get(system)?.clock;
      if (clock) clock.aheadMs = aheadMs;
    },
  };
}

function mishap(system: string, what: Mishap): Omit<Action, "at"> {
  return { text: `the next order on ${system} meets: ${what}`, perform: (world) => void world.machines.get(system)?.mishaps.push(what) };
}

function start(random: Random, systems: readonly string[], kind = random.pick(KINDS)): Omit<Action, "at"> {
  const some = RUN_KINDS[kind].distribution?.everywhere || random.chance(0.5) ? [] : [random.pick(systems)];
  const options = {
    systems: some,
    maxUnavailable: random.whole(1, 2),
    graceMs: random.pick([0, 5_000, 600_000]),
    all: some.length === 0,
    full: random.chance(0.1),
  };
  return {
    text: `an operator starts: ${kind}${some.length > 0 ? ` of ${some.join()}` : ""}, at most ${options.maxUnavailable} unavailable`,
    perform: (world) => world.operate(async ({ operations }) => void (await operations.start(OPERATOR, kind, options))),
  };
}

/** @param which Of the runs there are then, from 0 to below 1. */
function onRun(which: number, verb: "cancel" | "pause" | "resume" | "retry"): Omit<Action, "at"> {
  return {
    text: `an operator wants to ${verb} a run`,
    perform: (world) =>
      world.operate(async ({ operations }) => {
        const ids = [...world.store.runs()].map(({ id }) => id);
        const id = ids[Math.floor(which * ids.length)];
        if (id !== undefined) await operations[verb](OPERATOR, id);
      }),
  };
}

function onAddress(random: Random, addresses: readonly string[]): Omit<Action, "at"> {
  if (addresses.length === 0) return { text: "an operator looks at the addresses", perform: () => undefined };
  const address = random.pick(addresses);
  const change = random.pick(["pause", "resume", "slower", "faster", "closed", "open"] as const);
  return {
    text: `an operator sets the address ${address}: ${change}`,
    perform: (world) =>
      world.operate(async ({ addresses: control }) => {
        if (change === "pause" || change === "resume") await control[change](OPERATOR, address);
        else if (change === "slower") await control.set(OPERATOR, address, { bandwidth: "96 kbit/s" });
        else if (change === "faster") await control.set(OPERATOR, address, { bandwidth: "4 Mbit/s" });
        else await control.set(OPERATOR, address, { schedule: change === "open" ? {} : { "Mon-Sun 00-24": "closed" } });
      }),
  };
}

/** While it is open, its site is sent nothing. */
function onRecovery(verb: "open" | "abandon"): Omit<Action, "at"> {
  return {
    text: `an operator wants to ${verb} a recovery of ABC`,
    perform: (world) =>
      world.operate(async ({ recoveries }) => {
        if (verb === "open") await recoveries.open(OPERATOR, { site: "ABC", answers: LOST_PRIMARY });
        else await recoveries.abandon(OPERATOR, "ABC", "it was a mistake");
      }),
  };
}

/** A system that the hierarchy no longer has comes back. */
function taken(system: string): Omit<Action, "at"> {
  return {
    text: `the hierarchy loses ${system}, or has it again`,
    perform: ({ sites, machines }) => {
      const { stated } = machines.get(system) ?? {};
      sites.editHierarchy(({ systems, ...rest }) => {
        const others = [...systems].filter(([name]) => name !== system);
        return { ...rest, systems: new Map(systems.has(system) || !stated ? others : [...others, [system, stated]]) };
      });
    },
  };
}

function moved(system: string, site: string): Omit<Action, "at"> {
  return {
    text: `${system} moves to ${site}`,
    perform: ({ sites }) =>
      sites.editHierarchy(({ systems, ...rest }) => ({
        ...rest,
        systems: new Map([...systems].map(([name, one]) => [name, name === system ? { ...one, site } : one])),
      })),
  };
}

function lineEdited(random: Random, addresses: readonly string[]): Omit<Action, "at"> {
  if (addresses.length === 0) return { text: "somebody looks at the hierarchy", perform: () => undefined };
  const key = random.pick(addresses);
  const change = random.pick([{ bandwidth: 64_000 }, { bandwidth: 20_000_000 }, { concurrency: 1 }, { concurrency: 4 }]);
  return {
    text: `the hierarchy says of ${key}: ${JSON.stringify(change)}`,
    perform: ({ sites }) =>
      sites.editHierarchy(({ addresses: before, ...rest }) => ({
        ...rest,
        addresses: new Map([...before].map(([name, one]) => [name, name === key ? { ...one, ...change } : one])),
      })),
  };
}

function assigned(which: number, system: string, serves: boolean): Omit<Action, "at"> {
  return {
    text: `a package is ${serves ? "given to" : "taken from"} ${system}`,
    perform({ sites }) {
      const unit = sites.packages[Math.floor(which * sites.packages.length)];
      if (unit) sites.assign(unit, system, serves);
    },
  };
}

function edit(which: number): Omit<Action, "at"> {
  return {
    text: "a package gets another version",
    perform({ sites }) {
      const unit = sites.packages[Math.floor(which * sites.packages.length)];
      if (unit) sites.edit(unit);
    },
  };
}
