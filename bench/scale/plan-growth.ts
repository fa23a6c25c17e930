import { DEFAULT_OPTIONS, type RunKind } from "@sitewright/protocol";
import { addressPath } from "../../packages/coordinator/src/domain/addresses/address-path.ts";
import { forecast } from "../../packages/coordinator/src/domain/forecast/forecast.ts";
import { sizeHeap } from "../../packages/coordinator/src/adapters/heap-size.ts";
import { assignmentsIn } from "../../packages/coordinator/src/domain/runs/selection.ts";
import { sharedSite } from "../../packages/coordinator/src/domain/sites/neighbours.ts";
import type { Case, Context } from "../case.ts";
import { compare, oursAtMost } from "../measure.ts";
import { largeHierarchy, plannedOn } from "./hierarchy.ts";
import { fittedExponent, measureSteps } from "./steps.ts";

/** Systems and packages; the last is the one with a goal. */
const SIZES: readonly (readonly [number, number])[] = [
  [100, 100],
  [200, 250],
  [500, 400],
  [1_000, 500],
];
/** Above this the heap of Node's default limit is used up by the phases of several plans. */
const FORECAST_PAIRS = 200_000;
const GOAL_S = 2;
const GOAL_BLOCKED_S = 0.05;
const GOAL_EXPONENT = 1.1;

interface Round {
  /** s of processor time. */
  plan: number;
  forecast?: number;
  /** Longest step of either, s. */
  longest: number;
}

export const planGrowth: Case = {
  name: "plan-growth",
  about: `planning a dry run of ${SIZES.map(([systems, packages]) => `${systems} x ${packages}`).join(", ")} systems x packages, and its forecast up to ${FORECAST_PAIRS.toLocaleString("en")} pairs: processor time, in this process`,
  goal: `the largest in <= ${GOAL_S} s, growing as pairs ** ${GOAL_EXPONENT} at most, and no step that blocks for > ${GOAL_BLOCKED_S * 1000} ms`,
  async run(context) {
    // As the coordinator does when it computes for long.
    const heap = sizeHeap();
    using _ = { [Symbol.dispose]: heap.stop };
    heap.follow({ ordersUnderWay: () => 0, agentsCame: () => 0, steppingFor: () => Infinity });
    const sizes = SIZES.map(([systems, packages]) => [Math.ceil(systems / context.scale), packages] as const);
    const rounds: Round[][] = [];
    for (const size of sizes) {
      await measured(size);
      const own: Round[] = [];
      for (let round = 0; round < context.rounds; round++) own.push(told(context, size, await measured(size)));
      rounds.push(own);
    }
    const exponents = Array.from({ length: context.rounds }, (_, round) =>
      fittedExponent(sizes.map(([systems, packages], i) => ({ x: systems * packages, y: rounds[i]?.[round]?.plan ?? 0 }))),
    );
    const largest = rounds.at(-1) ?? [];
    const none = (values: readonly unknown[]) => values.map(() => 0);
    const longest = largest.map((_, round) => Math.max(...rounds.map((own) => own[round]?.longest ?? 0)));
    return {
      measures: [
        compare(
          { what: "plan of the largest", unit: "s" },
          largest.map(({ plan }) => plan),
          none(largest),
          oursAtMost(GOAL_S),
        ),
        compare({ what: "fitted exponent", unit: "index" }, exponents, none(exponents), oursAtMost(GOAL_EXPONENT)),
        compare({ what: "longest step", unit: "s" }, longest, none(longest), oursAtMost(GOAL_BLOCKED_S)),
      ],
      facts: sizes.map(([systems, packages], i) => {
        const last = rounds[i]?.at(-1);
        const forecasted = last?.forecast === undefined ? "" : `, forecast ${last.forecast.toFixed(3)} s`;
        return `${systems} x ${packages}: plan ${last?.plan.toFixed(3)} s${forecasted}, longest step ${((last?.longest ?? 0) * 1000).toFixed(0)} ms`;
      }),
    };
  },
};

function told({ say }: Context, [systems, packages]: readonly [number, number], round: Round): Round {
  say(`${systems} x ${packages}: plan ${round.plan.toFixed(3)} s, longest step ${(round.longest * 1000).toFixed(0)} ms`);
  return round;
}

/** From the site data that were read to the phases, and their forecast. */
async function measured([systems, packages]: readonly [number, number]): Promise<Round> {
  const large = largeHierarchy(systems, packages);
  const { hierarchy, servedBy, wanted } = large;
  const assigned = await measureSteps(assignmentsIn(hierarchy, servedBy, wanted));
  const kind: RunKind = "plan";
  const run = { id: "plan", kind, state: "running" as const, options: DEFAULT_OPTIONS, createdAt: 1, problems: [] };
  const planned = await measureSteps(plannedOn(large, assigned.value, run));
  const plan = (assigned.total + planned.total) / 1000;
  const longest = Math.max(assigned.longest, planned.longest) / 1000;
  if (systems * packages > FORECAST_PAIRS) return { plan, longest };
  const forecasted = await measureSteps(
    forecast({
      now: Date.UTC(2026, 0, 5, 8),
      runs: new Map([[run.id, run]]),
      phases: planned.value,
      pathTo: (system) => addressPath(hierarchy, system),
      isConnected: () => true,
      sharedSite: (system) => sharedSite(hierarchy, system),
      measured: new Map(),
      limits: { perSystem: 2, perAddress: 3 },
    }),
  );
  return { plan, forecast: forecasted.total / 1000, longest: Math.max(longest, forecasted.longest / 1000) };
}
