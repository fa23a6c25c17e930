import { unitKey, type Digest } from "@sitewright/protocol";
import type { Fleet } from "./fleet.ts";
import type { AgentLinks, Ledger } from "./ports.ts";

/** Plans looked at, newest first. */
const PLANS = 3;
/** Runs among which they are looked for. */
const RUNS = 30;

type KnownPresent = (system: string, unit: string, manifest: Digest) => number | undefined;

/**
 * What the systems hold of some content, as the last plans and their inventories say; source bytes, undefined where neither does.
 * A plan says nothing more of an agent that has connected since: its disk may be another.
 */
export async function readKnownPresent(
  { ledger, fleet, links }: { ledger: Ledger; fleet: Fleet; links: AgentLinks },
  sizeOf: (unit: string) => number | undefined,
): Promise<KnownPresent> {
  const plans = (await ledger.runs(RUNS)).filter(({ kind }) => kind === "plan");
  const since = new Map(links.connected().map((agent) => [agent.system, agent.since]));
  const known = new Map<string, number>();
  for (const { id } of plans.slice(0, PLANS).reverse()) {
    for (const { system, unit, manifest, outcome, endedAt = 0 } of await ledger.phases(id))
      if (outcome?.kind === "estimated" && endedAt >= (since.get(system) ?? Infinity))
        known.set(`${system} ${unitKey(unit)} ${manifest}`, outcome.presentBytes);
  }
  return (system, unit, manifest) => {
    const live = fleet.held(system).find((held) => unitKey(held.unit) === unit)?.live;
    return live?.manifest === manifest ? sizeOf(unit) : known.get(`${system} ${unit} ${manifest}`);
  };
}
