import type { Core } from "../../packages/coordinator/src/wiring/core.ts";
import type { Random } from "../time/random.ts";
import { OPERATOR, type Action, type Make } from "./action.ts";
import type { World } from "./world.ts";

/** What operators put out of force, and in force again; and systems that get another name for a while. */
export const DELETIONS: [weight: number, make: Make][] = [
  [4, (random, systems) => roleDeleted(random.pick(systems))],
  [2, (random, _, addresses) => siteDeleted(random, addresses)],
  [3, (random) => undone(random.next())],
  [2, (random, systems) => renamed(random.pick(systems), random.whole(1_000, 40_000))],
];

function roleDeleted(system: string): Omit<Action, "at"> {
  const word = { confirm: system, reason: "it has had its day" };
  return {
    text: `an operator deletes the role dp of ${system}`,
    perform: (world) => world.operate(async ({ deletions }) => void (await deletions.apply(OPERATOR, { system, role: "dp" }, word))),
  };
}

function siteDeleted(random: Random, addresses: readonly string[]): Omit<Action, "at"> {
  if (addresses.length === 0) return { text: "an operator looks at what is deleted", perform: () => undefined };
  const site = random.pick(addresses);
  return {
    text: `an operator deletes the site ${site}`,
    perform: (world) =>
      world.operate(async ({ deletions }) => void (await deletions.apply(OPERATOR, { site }, { confirm: site, reason: "it is closed" }))),
  };
}

/** @param which Of what is deleted then, from 0 to below 1. */
function undone(which: number): Omit<Action, "at"> {
  return {
    text: "an operator undoes a deletion",
    perform: (world) => undo(world, (all) => all.slice(Math.floor(which * all.length)).slice(0, 1)),
  };
}

/** Puts in force again what is deleted. */
export function undo({ sites, operate }: World, pick: (all: ReturnType<Core["deletions"]["list"]>) => typeof all): void {
  operate(async ({ deletions }) => {
    for (const { target } of pick(deletions.list())) {
      const { left } = await deletions.undo(OPERATOR, target);
      // These are edited back by hand, or stay as they are.
      for (const path of left) sites.taken.delete(path);
    }
  });
}

/** No agent has joined by the other name. */
function renamed(system: string, ms: number): Omit<Action, "at"> {
  return {
    text: `${system} has another name in the site data, for ${ms} ms`,
    perform({ sites, later }) {
      sites.rename(system);
      later(ms, sites.ownNames);
    },
  };
}
