import { eachSliced, filterSliced, mapSliced, sortSliced } from "../slices.ts";
import type { NoEnd } from "./simulate.ts";

/** One unit on one system, as a forecast counts it. */
export interface Item {
  /** Clients that wait for it. */
  weight: number;
  /** When it is served, ms since 1970: as expected, or as it was; absent: cannot be forecast, or it has failed. */
  servedAt?: number;
  /** Why it cannot be forecast. */
  open?: OpenReason;
  /** Still to be sent, bytes. */
  wireBytes: number;
}

/** `site-quarantined`: its site is under recovery; `agent-away`: its agent is not connected; `not-verified`: a repair has not verified it yet. */
export type OpenReason = NoEnd | "site-quarantined" | "agent-away" | "not-verified";

/** How service is restored. */
export interface Course {
  /** Still to be sent, bytes of content and manifests, without the headers that the line carries too. */
  wireBytes: number;
  /** When the last of it is served, ms since 1970; absent: cannot be forecast. */
  endsAt?: number;
  /** The reason; of several, the one that lasts longest. */
  open?: OpenReason;
  /** When 90 % of what clients need is served. */
  ninetyAt?: number;
  /** Share served, from 0 to 1, by time (ms since 1970): a step function. Until the forecast was made it is as it was since the run began, then as expected. */
  curve: [at: number, share: number][];
}

const STUBBORN: readonly OpenReason[] = [
  "site-quarantined",
  "agent-away",
  "address-paused",
  "never-opens",
  "too-long",
  "no-rate",
  "not-verified",
];
const MOST = 0.9;
/** Points of what was served, and of what is expected, beside their first and their last. */
const POINTS = 30;
/** Tolerance, because shares are sums of fractions. */
const ROUNDING = 1e-9;

/**
 * The course of some items. Yields periodically.
 * @param since What was served before counts as served then, ms since 1970.
 * @param now What is later is expected, ms since 1970.
 */
export function* courseOf(items: readonly Item[], since: number, now = since): Generator<void, Course> {
  const sums = { weight: 0, wireBytes: 0 };
  const reasons = new Set<OpenReason>();
  yield* eachSliced(items, ({ weight, wireBytes, open }) => {
    sums.weight += weight;
    sums.wireBytes += wireBytes;
    if (open !== undefined) reasons.add(open);
  });
  const share = (item: Item): number => (sums.weight > 0 ? item.weight / sums.weight : 1 / items.length);
  const served = yield* filterSliced(items, ({ servedAt }) => servedAt !== undefined);
  const unsorted = yield* mapSliced(served, (item) => ({ at: Math.max(since, item.servedAt ?? since), share: share(item) }));
  const timed = yield* sortSliced(unsorted, (a, b) => a.at - b.at);
  const { steps, ninetyAt } = yield* stepsOf(timed, since);
  const open = STUBBORN.find((reason) => reasons.has(reason));
  const last = timed.at(-1)?.at;
  const expected = steps.findIndex(([at]) => at > now);
  const past = expected === -1 ? steps.length : expected;
  return {
    wireBytes: Math.round(sums.wireBytes),
    ...(open === undefined && last !== undefined ? { endsAt: Math.round(last) } : {}),
    ...(open === undefined ? {} : { open }),
    ...(ninetyAt === undefined ? {} : { ninetyAt: Math.round(ninetyAt) }),
    curve: [...thinned(steps.slice(0, past)), ...thinned(steps.slice(past))].map(([at, own]) => [
      Math.round(at),
      Math.round(own * 10_000) / 10_000,
    ]),
  };
}

function* stepsOf(
  timed: readonly { at: number; share: number }[],
  since: number,
): Generator<void, { steps: [number, number][]; ninetyAt: number | undefined }> {
  const steps: [number, number][] = [[since, 0]];
  let served = 0;
  let ninetyAt: number | undefined;
  yield* eachSliced(timed, ({ at, share }) => {
    served = Math.min(1, served + share);
    if (1 - served < ROUNDING) served = 1;
    const last = steps.at(-1);
    if (last && last[0] === at) last[1] = served;
    else steps.push([at, served]);
    if (served >= MOST - ROUNDING) ninetyAt ??= at;
  });
  return { steps, ninetyAt };
}

/** Reduces a curve to a bounded number of points, each of them an actual step. */
function thinned(steps: readonly [number, number][]): [number, number][] {
  const last = steps.length - 1;
  const [from, to] = [steps[0]?.[0] ?? 0, steps[last]?.[0] ?? 0];
  const least = (to - from) / POINTS;
  const kept: [number, number][] = [];
  for (const [index, step] of steps.entries()) {
    const before = kept.at(-1);
    const next = steps[index + 1];
    // Of steps that follow closely the last one stands for all.
    if (!before || index === last || !next || next[0] - before[0] >= least) kept.push(step);
  }
  return kept;
}
