import { unitKey, type Digest } from "@sitewright/protocol";
import type { Fleet } from "./fleet.ts";
import type { Clock, Ledger } from "./ports.ts";

/** What a plan found is taken for right so long, ms. */
const PLAN_LASTS = 24 * 60 * 60 * 1000;
/** Plans looked at, newest first. */
const PLANS = 3;
/** Runs among which they are looked for. */
const RUNS = 30;

export type KnownPresent = (system: string, unit: string, manifest: Digest) => number | undefined;

/** What the systems hold of some content, as the last plans and their inventories say; source bytes, undefined where neither does. */
export async function readKnownPresent(
  { ledger, fleet, clock }: { ledger: Ledger; fleet: Fleet; clock: Clock },
  sizeOf: (unit: string) => number | undefined,
): Promise<KnownPresent> {
  const plans = (await ledger.runs(RUNS)).filter(({ kind, createdAt }) => kind === "plan" && clock() - createdAt < PLAN_LASTS);
  const known = new Map<string, number>();
  for (const { id } of plans.slice(0, PLANS).reverse()) {
    for (const { system, unit, manifest, outcome } of await ledger.phases(id))
      if (outcome?.kind === "estimated") known.set(`${system} ${unitKey(unit)} ${manifest}`, outcome.presentBytes);
  }
  return (system, unit, manifest) => {
    const live = fleet.held(system).find((held) => unitKey(held.unit) === unit)?.live;
    return live?.manifest === manifest ? sizeOf(unit) : known.get(`${system} ${unit} ${manifest}`);
  };
}
