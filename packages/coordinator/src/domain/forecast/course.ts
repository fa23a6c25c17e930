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
  /** Share served, from 0 to 1, by time (ms since 1970): a step function that begins with what is served now. */
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
/** Points of a curve beside its first and its last. */
const POINTS = 30;
/** Tolerance, because shares are sums of fractions. */
const ROUNDING = 1e-9;

/** The course of some items from `now` on. */
export function courseOf(items: readonly Item[], now: number): Course {
  const total = items.reduce((sum, { weight }) => sum + weight, 0);
  const share = (item: Item): number => (total > 0 ? item.weight / total : 1 / items.length);
  const timed = items.flatMap((item) => (item.servedAt === undefined ? [] : [{ at: Math.max(now, item.servedAt), share: share(item) }]));
  timed.sort((a, b) => a.at - b.at);
  const steps: [number, number][] = [[now, 0]];
  let served = 0;
  let ninetyAt: number | undefined;
  for (const { at, share: own } of timed) {
    served = Math.min(1, served + own);
    if (1 - served < ROUNDING) served = 1;
    const last = steps.at(-1);
    if (last && last[0] === at) last[1] = served;
    else steps.push([at, served]);
    if (served >= MOST - ROUNDING) ninetyAt ??= at;
  }
  const reasons = new Set(items.flatMap(({ open }) => open ?? []));
  const open = STUBBORN.find((reason) => reasons.has(reason));
  const last = timed.at(-1)?.at;
  return {
    wireBytes: Math.round(items.reduce((sum, { wireBytes }) => sum + wireBytes, 0)),
    ...(open === undefined && last !== undefined ? { endsAt: Math.round(last) } : {}),
    ...(open === undefined ? {} : { open }),
    ...(ninetyAt === undefined ? {} : { ninetyAt: Math.round(ninetyAt) }),
    curve: thinned(steps).map(([at, own]) => [Math.round(at), Math.round(own * 10_000) / 10_000]),
  };
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
