import { setTimeout as sleep } from "node:timers/promises";
import { waitFor } from "../../scripts/support/programs.ts";
import type { Case } from "../case.ts";
import { kill } from "../machine/processes.ts";
import { alternate, compare, oursAtMost } from "../measure.ts";
import { allConnected, bothThere, doesLead, startPair, type Pair } from "./pair.ts";

const AGENTS = 20;
const GOAL_S = 15;
/** When a service manager starts a program that ended again; as the unit of the Debian package says. */
const RESTART_MS = 2_000;

interface Took {
  /** s until another coordinator leads. */
  leads: number;
  /** s until all agents are connected to it. */
  connected: number;
}

export const adoption: Case = {
  name: "adoption",
  about: `the coordinator that leads is killed, with ${AGENTS} agents connected: from the kill until another one leads, and until all agents are connected to it. Peer: it is alone, and its service manager starts it again after ${RESTART_MS / 1000} s`,
  goal: `all agents are connected within ${GOAL_S} s`,
  async run(context) {
    const pair = await startPair(context, { count: Math.max(2, Math.ceil(AGENTS / context.scale)), given: true });
    const took = await alternate(
      context,
      { standby: () => withStandby(pair), restart: () => alone(pair) },
      ({ leads, connected }) => `leads after ${leads.toFixed(1)} s, agents after ${connected.toFixed(1)} s`,
    );
    const of = (what: keyof Took) => [took.standby.map((one) => one[what]), took.restart.map((one) => one[what])] as const;
    return {
      measures: [
        compare({ what: "another leads", unit: "s" }, ...of("leads")),
        compare({ what: "all agents connected", unit: "s" }, ...of("connected"), oursAtMost(GOAL_S)),
      ],
      facts: [`${pair.systems.length} agents, a lease of 6 s`],
    };
  },
};

async function withStandby(pair: Pair): Promise<Took> {
  const [leader, other] = await bothThere(pair);
  await kill(leader.process);
  const killedAt = performance.now();
  const leads = await seconds(killedAt, () => waitFor("the other to lead", () => doesLead(other)));
  return { leads, connected: await seconds(killedAt, () => allConnected(other, pair.systems)) };
}

async function alone(pair: Pair): Promise<Took> {
  const [leader, other] = await bothThere(pair);
  await other[Symbol.asyncDispose]();
  const index = pair.places.findIndex(({ running }) => running === leader);
  await kill(leader.process);
  const killedAt = performance.now();
  await sleep(RESTART_MS);
  const again = await pair.startAt(index);
  const leads = await seconds(killedAt, () => waitFor("it to lead again", () => doesLead(again)));
  return { leads, connected: await seconds(killedAt, () => allConnected(again, pair.systems)) };
}

async function seconds(since: number, work: () => Promise<unknown>): Promise<number> {
  await work();
  return (performance.now() - since) / 1000;
}
