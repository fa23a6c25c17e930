import type { Random } from "../time/random.ts";
import type { Action, Make } from "./action.ts";
import type { World } from "./world.ts";

/** What happens where several coordinators use one Redis, beside the failures of one, and how often it is drawn. */
export const FAILURES_OF_SEVERAL: [weight: number, make: Make][] = [
  [4, (random) => killed("leader", random.whole(300, 40_000))],
  [4, (random) => standsStill("leader", random.whole(1_000, 45_000))],
  [4, (random) => cutFromRedis("leader", random.whole(1_000, 45_000))],
  [1, (random) => killed("other", random.whole(300, 20_000))],
  [1, (random) => standsStill("other", random.whole(1_000, 30_000))],
  [1, (random) => cutFromRedis("other", random.whole(1_000, 30_000))],
  [2, (random) => failsOver(random.whole(0, 10_000))],
  [4, (random, systems) => failsOverAtSuccession(random, systems)],
  [2, (random) => startsOnEmpty(random.whole(100, 2_500))],
  [3, (random) => powerFails(random)],
  [2, (random) => packageRemoved(random.next())],
  [2, (random, systems) => machineRestored(random.pick(systems), random.whole(1_000, 30_000))],
  [1, (random, systems) => forgotten(random.pick(systems))],
  [1, (random) => siteDataRestored(random.whole(1_000, 40_000))],
];

type Which = "leader" | "other";
const NAMES: Record<Which, string> = { leader: "the coordinator that leads", other: "the coordinator that stands by" };

function killed(which: Which, ms: number): Omit<Action, "at"> {
  return { text: `${NAMES[which]} is killed, for ${ms} ms`, perform: (world) => world[which].kill(ms) };
}

function standsStill(which: Which, ms: number): Omit<Action, "at"> {
  return { text: `${NAMES[which]} stands still for ${ms} ms`, perform: (world) => world[which].freeze(ms) };
}

function cutFromRedis(which: Which, ms: number): Omit<Action, "at"> {
  return { text: `${NAMES[which]} does not reach Redis for ${ms} ms`, perform: (world) => world[which].cutFromRedis(ms) };
}

function failsOver(lost: number): Omit<Action, "at"> {
  return { text: `a copy takes the place of Redis, without its last ${lost} ms`, perform: (world) => world.crashRedis(lost, 300) };
}

/** About when the lease of one that cannot renew it ends; often it can again at the same time, as after a split of the network. */
function failsOverAtSuccession(random: Random, systems: readonly string[]): Omit<Action, "at"> {
  const [after, lost] = [random.whole(4_000, 15_000), random.whole(1_000, 10_000)];
  const ms = random.chance(0.5) ? after + random.whole(0, 1_500) : random.whole(6_000, 30_000);
  const what = random.pick(["killed", "standsStill", "cutFromRedis"] as const);
  const first = { killed, standsStill, cutFromRedis }[what]("leader", ms);
  const cut = systems.filter(() => random.chance(0.4));
  return {
    text: `${first.text}, then connections are cut (${cut.join()}), and after ${after} ms a copy takes the place of Redis, without its last ${lost} ms`,
    perform(world: World) {
      void first.perform(world);
      world.later(after - 2_000, () => cut.forEach((system) => world.network.cut(system, 100)));
      world.later(after, () => world.crashRedis(lost, 300));
    },
  };
}

/** The other one is started when Redis has just lost everything, and nobody has stored anything again. */
function startsOnEmpty(after: number): Omit<Action, "at"> {
  return {
    text: `${NAMES.other} is killed, Redis loses all of it, and that coordinator is started ${after} ms later`,
    perform(world) {
      world.other.kill(after);
      world.crashRedis("all", 50);
    },
  };
}

/** All that is at one place. */
function powerFails(random: Random): Omit<Action, "at"> {
  const [lost, ms, first, second] = [random.whole(0, 1_000), random.whole(300, 8_000), random.whole(300, 8_000), random.whole(300, 20_000)];
  return {
    text: `the power fails: both coordinators end, for ${first} and ${second} ms, and Redis loses its last ${lost} ms, and is away for ${ms} ms`,
    perform(world) {
      const { leader, other } = world;
      leader.kill(first);
      other.kill(second);
      world.crashRedis(lost, ms);
    },
  };
}

function packageRemoved(which: number): Omit<Action, "at"> {
  return {
    text: "a package is in the site data no longer, or again",
    perform({ sites }) {
      const unit = sites.packages[Math.floor(which * sites.packages.length)];
      if (unit) sites.remove(unit);
    },
  };
}

function machineRestored(system: string, ms: number): Omit<Action, "at"> {
  return {
    text: `the machine of ${system} will be restored to this moment in ${ms} ms`,
    perform: (world) => world.restoreMachine(system, ms),
  };
}

function forgotten(system: string): Omit<Action, "at"> {
  return { text: `the agent of ${system} loses its data folder, and joins again`, perform: (world) => world.forgetMachine(system) };
}

function siteDataRestored(ms: number): Omit<Action, "at"> {
  return {
    text: `the site data will be restored to this moment in ${ms} ms`,
    perform: ({ sites, later }) => later(ms, sites.copy()),
  };
}
