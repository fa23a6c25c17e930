import type { Hurt } from "./world/line-process.ts";
import { makeRandom, type Random } from "../../scripts/sample/random.ts";

/** What the driver does. Times in ms. */
export type Act =
  /** SIGKILL, and started again after `downMs`. */
  | { kind: "kill"; victim: string; downMs: number }
  /** SIGSTOP, and SIGCONT after `ms`. */
  | { kind: "freeze"; victim: string; ms: number }
  | { kind: "line"; system: string; how: Hurt }
  /** The disk of one system, its role roots and its agent's data folder, has no room for `ms`. */
  | { kind: "fill"; ms: number }
  /** The disk of one coordinator and of Redis has no room for `ms`. */
  | { kind: "fill-server"; ms: number }
  /** An agent is killed, and starts after `downMs` with what it remembered at an earlier end, which `pick` chooses; or with nothing. */
  | { kind: "memory"; system: string; how: "older" | "none"; pick: number; downMs: number }
  /** One byte of a file of a package changes on the disk, live or staged, and its time does not; `pick` chooses among those there. */
  | { kind: "damage"; system: string; pick: number }
  /** The clock of a program differs from the machine's by this much from now on. */
  | { kind: "clock"; victim: string; byMs: number }
  /** The site server changes a unit: `unit` counts the units that change. */
  | { kind: "change"; unit: number }
  /** The operator starts a run. */
  | { kind: "order"; run: OrderedRun }
  /** The operator does this to one of the runs, which `pick` chooses, or to a line; a pause lasts `ms`. */
  | { kind: "steer"; how: Steering; pick: number; ms: number };

export type OrderedRun = "rebuild" | "verify" | "repair" | "refresh" | "redistribute" | "plan";

export type Steering = "pause" | "pause-line" | "cancel" | "retry";

export interface TimedAct {
  /** ms since the start of the damage. */
  at: number;
  act: Act;
}

export interface Scene {
  /** Names of the processes that may be killed. */
  systems: readonly string[];
  servers: readonly string[];
  /** Those of the servers whose clocks can be moved. */
  clocks: readonly string[];
  /** Number of units that change. */
  units: number;
}

/** Mean time between two acts of a kind, ms. */
const EVERY: Readonly<Record<Act["kind"], number>> = {
  kill: 2_600,
  freeze: 9_000,
  line: 6_000,
  fill: 40_000,
  "fill-server": 35_000,
  memory: 25_000,
  damage: 11_000,
  clock: 14_000,
  change: 5_000,
  order: 5_000,
  steer: 6_000,
};

/** A rebuild is what most operators order most of the time. */
const RUNS: readonly OrderedRun[] = ["rebuild", "rebuild", "rebuild", "rebuild", "verify", "repair", "refresh", "redistribute", "plan"];

/** What is cancelled damages nothing any more. */
const STEERINGS: readonly Steering[] = ["pause", "pause", "pause-line", "cancel", "retry", "retry"];

/** Also from one to the other of these: an hour and a day back and forth. */
const CLOCKS = [0, 0, -86_400_000, -3_600_000, -200_000, 200_000];

/** A half-open connection is rare: it costs its system 15 s. */
const HURTS: readonly Hurt["kind"][] = ["cut", "cut", "cut", "flip", "flip", "flip", "forget"];

function hurt(random: Random): Hurt {
  const kind = random.pick(HURTS);
  const [ms, pieces] = [50 + random.integer(3_000), 1 + random.integer(3)];
  return kind === "cut" ? { kind, ms } : kind === "flip" ? { kind, pieces } : { kind };
}

/** What an administrator restores, or moves away, when the file is damaged. */
const MEMORIES = ["older", "older", "none"] as const;

/** Longer than the 15 s after which a silent connection is given up, in one of so many cases. */
const LONG_FREEZE = 8;

/**
 * What happens when: a function of its arguments alone, so a seed gives the same schedule on every machine. Each kind of act has random
 * numbers of its own.
 */
export function makeSchedule(seed: number, durationMs: number, scene: Scene): TimedAct[] {
  const victims = (random: Random): string => random.pick([...scene.systems, ...scene.servers]);
  const makers: { [Kind in Act["kind"]]: (random: Random) => Act & { kind: Kind } } = {
    kill: (random) => ({ kind: "kill", victim: victims(random), downMs: 50 + random.integer(2_000) }),
    freeze: (random) => ({
      kind: "freeze",
      victim: victims(random),
      ms: random.integer(LONG_FREEZE) === 0 ? 16_000 + random.integer(4_000) : 200 + random.integer(4_000),
    }),
    line: (random) => ({ kind: "line", system: random.pick(scene.systems), how: hurt(random) }),
    fill: (random) => ({ kind: "fill", ms: 2_000 + random.integer(8_000) }),
    "fill-server": (random) => ({ kind: "fill-server", ms: 2_000 + random.integer(8_000) }),
    memory: (random) => ({
      kind: "memory",
      system: random.pick(scene.systems),
      how: random.pick(MEMORIES),
      pick: random.integer(1_000_000),
      downMs: 50 + random.integer(2_000),
    }),
    damage: (random) => ({ kind: "damage", system: random.pick(scene.systems), pick: random.integer(1_000_000) }),
    clock: (random) => ({ kind: "clock", victim: random.pick([...scene.systems, ...scene.clocks]), byMs: random.pick(CLOCKS) }),
    change: (random) => ({ kind: "change", unit: random.integer(scene.units) }),
    order: (random) => ({ kind: "order", run: random.pick(RUNS) }),
    steer: (random) => ({
      kind: "steer",
      how: random.pick(STEERINGS),
      pick: random.integer(1_000_000),
      ms: 500 + random.integer(5_000),
    }),
  };
  const acts = (Object.keys(makers) as Act["kind"][]).flatMap((kind) => {
    const random = makeRandom(seed, kind);
    const found: TimedAct[] = [];
    for (let at = random.integer(EVERY[kind]); at < durationMs; at += EVERY[kind] / 2 + random.integer(EVERY[kind]))
      found.push({ at, act: makers[kind](random) });
    return found;
  });
  return acts.toSorted((a, b) => a.at - b.at);
}

/** One line for the output. */
export function describeAct(act: Act): string {
  switch (act.kind) {
    case "kill":
      return `kill ${act.victim}, start it after ${act.downMs} ms`;
    case "freeze":
      return `stop ${act.victim} for ${act.ms} ms`;
    case "line":
      return `${describeHurt(act.how)} ${act.system}`;
    case "fill":
      return `fill the small disk for ${act.ms} ms`;
    case "fill-server":
      return `fill the disk of a coordinator and of Redis for ${act.ms} ms`;
    case "memory":
      return `kill ${act.system}, start it after ${act.downMs} ms with ${act.how === "none" ? "no memory" : "an older memory"}`;
    case "damage":
      return `change a byte on the disk of ${act.system}`;
    case "clock":
      return `set the clock of ${act.victim} to ${act.byMs / 1000} s beside the machine's`;
    case "change":
      return `change unit ${act.unit}`;
    case "order":
      return `order a ${act.run}`;
    case "steer":
      return `${act.how === "pause-line" ? "pause a line" : `${act.how} a run`}`;
  }
}

function describeHurt(how: Hurt): string {
  switch (how.kind) {
    case "cut":
      return `break all connections and accept none for ${how.ms} ms:`;
    case "forget":
      return "let all connections carry nothing any more:";
    case "flip":
      return `flip a bit in ${how.pieces} pieces to`;
  }
}
