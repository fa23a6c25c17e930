import { ENDED, ENDED_WELL, packageOf } from "@sitewright/protocol";
import { placeOf } from "../runs/retry.ts";
import { type Phase, type Run } from "../runs/run.ts";
import { byTurn, turnOf } from "../runs/service-order.ts";
import { eachSliced, filterSliced, mapSliced, sortSliced } from "../slices.ts";
import { wireBytesOf } from "../lines/wire-bytes.ts";

/** A staging, real or (in a plan) hypothetical, and its state. */
export interface Work {
  phase: Phase;
  /** `open`: bytes of it may still have to be transferred; `arrived`: it waits to be activated; `failed`: it will not be served. */
  state: "open" | "arrived" | "served" | "failed";
  /** Of what is served: since when, ms since 1970. */
  servedAt?: number;
  /** Still to be sent, bytes; undefined: unknown until a repair has verified. */
  wireBytes: number | undefined;
}

/** A phase between the one that it comes after and the one that comes after it. */
interface Between {
  phase: Phase;
  before: Phase | undefined;
  next?: Phase;
}

/**
 * The stagings of some runs, in the order of work. A plan replaces what is queued for the same unit on the same system. Yields periodically.
 * @param phases Of each run in the order of its plan, where the steps of a unit follow each other.
 */
export function* worksOf(phases: readonly Phase[], runs: ReadonlyMap<string, Pick<Run, "createdAt">>): Generator<void, Work[]> {
  const stagings: Between[] = [];
  const estimates: Between[] = [];
  let last: Between | undefined;
  yield* eachSliced(phases, (phase) => {
    const isNext = last !== undefined && phase.after === last.phase.id;
    if (last && isNext) last.next = phase;
    last = { phase, before: isNext ? last?.phase : undefined };
    if (phase.task === "stage") stagings.push(last);
    else if (phase.task === "estimate") estimates.push(last);
  });
  const planned = new Set(stagings.length > 0 ? yield* mapSliced(estimates, ({ phase }) => placeOf(phase)) : []);
  const counted = planned.size === 0 ? stagings : yield* filterSliced(stagings, ({ phase }) => !planned.has(placeOf(phase)));
  const turns = yield* mapSliced([...estimates, ...counted], ({ phase, before, next }) => {
    const work = workOf(asEstimated(phase), before, next);
    return { work, ...turnOf(work.phase), createdAt: runs.get(phase.run)?.createdAt ?? 0, number: phase.number };
  });
  const sorted = yield* sortSliced(turns, (a, b) => byTurn(a, b) || a.createdAt - b.createdAt || a.number - b.number);
  return yield* mapSliced(sorted, ({ work }) => work);
}

/** With the bytes found present, so that a plan has the order of the later rebuild. */
function asEstimated(phase: Phase): Phase {
  return phase.outcome?.kind === "estimated" ? { ...phase, presentBytes: phase.outcome.presentBytes } : phase;
}

function workOf(phase: Phase, before: Phase | undefined, activation: Phase | undefined): Work {
  if (phase.task === "estimate") {
    // A system that was disconnected during the plan may be connected during the rebuild.
    const failed = phase.outcome?.kind === "failed" && phase.outcome.code !== "AGENT_UNREACHABLE";
    return { phase, state: failed ? "failed" : "open", wireBytes: failed ? 0 : leftToSend(phase, before) };
  }
  if (!ENDED.has(phase.state)) return { phase, state: "open", wireBytes: leftToSend(phase, before) };
  const last = phase.state === "done" ? (activation ?? phase) : phase;
  if (!ENDED.has(last.state)) return { phase, state: "arrived", wireBytes: 0 };
  if (!ENDED_WELL.has(last.state)) return { phase, state: "failed", wireBytes: 0 };
  return { phase, state: "served", servedAt: last.endedAt ?? 0, wireBytes: 0 };
}

/**
 * Bytes that a staging (or, in a plan, a staging that would follow) still sends; undefined: unknown
 * until a repair has verified. @param before The phase that it comes after.
 */
function leftToSend(phase: Phase, before: Phase | undefined): number | undefined {
  if (phase.task === "stage" && ENDED.has(phase.state)) return 0;
  const presentBytes = presentOf(phase, before);
  if (before && presentBytes === undefined) return undefined;
  const { progress } = phase;
  if (!progress) return wireBytesOf({ ...phase, presentBytes: presentBytes ?? 0 });
  const there = Math.max(presentBytes ?? 0, progress.reusedBytes) + progress.fetchedBytes;
  const whole = phase.wireBytes > 0 ? { ...phase, manifestBytes: 0 } : phase;
  return wireBytesOf({ ...whole, presentBytes: Math.min(there, phase.sourceBytes) });
}

function presentOf({ presentBytes }: Phase, before: Phase | undefined): number | undefined {
  if (before?.outcome?.kind === "verified") return before.outcome.bytes;
  return presentBytes;
}

/**
 * What clients need is weighed by clients: a package by those that wait for it, a CAP and a logon point by all of their site. A package
 * without a stated number counts as one client; a site without one has as many as wait for any one of its packages, and one at least.
 */
export function* weigher(works: readonly Work[]): Generator<void, (phase: Phase) => number> {
  const most = new Map<string, number>();
  yield* eachSliced(works, ({ phase: { site, unit, clients } }) => {
    if (packageOf(unit) !== undefined) most.set(site, Math.max(most.get(site) ?? 1, clients ?? 1));
  });
  return ({ site, unit, clients }) => clients ?? (packageOf(unit) === undefined ? (most.get(site) ?? 1) : 1);
}
