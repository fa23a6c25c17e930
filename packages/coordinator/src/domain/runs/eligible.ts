import { UNIT_KINDS, unitKey, type WaitReason } from "@sitewright/protocol";
import { admits, windowAt } from "../addresses/address-schedule.ts";
import type { Address } from "../sites/hierarchy.ts";
import { turnAfter } from "./phase.ts";
import type { Phase, Run } from "./run.ts";
import { byService } from "./service-order.ts";

export interface EligibleInput {
  /** Every phase that has not ended. */
  phases: readonly Phase[];
  /** Runs that have not ended, by id. */
  runs: ReadonlyMap<string, Pick<Run, "kind" | "state" | "createdAt"> & { options: Pick<Run["options"], "maxUnavailable"> }>;
  /** Any phase of these runs, including ended ones. */
  phaseOf: (id: string) => Phase | undefined;
  isConnected: (system: string) => boolean;
  /** Its agent has not reported yet what it holds. */
  isUnknown?: (system: string) => boolean;
  /** It waits for the recovery of its site. */
  isQuarantined?: (phase: Phase) => boolean;
  /** Why it waits for what its system holds to be decided about. */
  undecided?: (phase: Phase) => WaitReason | undefined;
  /** The lines to a system, its own first; empty on the coordinator's own network. */
  pathTo: (system: string) => readonly Address[];
  /** ms since 1970. */
  now: number;
  limits: {
    /** Limit of released and running phases; beyond it each address may have one, so that none waits for another. */
    slots: number;
    perSystem: number;
    perAddress: number;
  };
}

export interface Eligible {
  /** To be released now, in this order. */
  release: Phase[];
  /** Why each of the other waiting phases waits. */
  waiting: Map<Phase, WaitReason>;
}

/** Tasks after which clients of a system may briefly have to use another one. */
const TAKES_PERMIT: ReadonlySet<Phase["task"]> = new Set(["activate", "undo", "remove"]);

/**
 * Which waiting phases may be released now. Phases of one address (or of one system, where it crosses none) form a lane; the lane with the
 * fewest running phases goes first, so that no lane takes all slots; within a lane the order is that of restoring service, then of runs and
 * plan. A line is reserved for a site's CAP and logon point until they are complete: no package shares it with them.
 */
export function eligible(input: EligibleInput): Eligible {
  const usage = usageOf(input);
  const waiting = new Map<Phase, WaitReason>();
  const lanes = new Map<string, Lane>();
  for (const phase of input.phases) {
    if (phase.state !== "waiting") continue;
    const reason = reasonOfItsOwn(phase, input);
    if (reason) waiting.set(phase, reason);
    else {
      laneOf(lanes, phase, usage).candidates.push(phase);
      if (comesFirst(phase)) usage.first.add(siteLine(phase));
    }
  }
  const order = byPrecedence(input.runs);
  for (const lane of lanes.values()) lane.candidates.sort(order);
  const release: Phase[] = [];
  const active = new Set(lanes.values());
  while (active.size > 0) {
    const lane = leastBusy(active, order);
    const phase = nextFree(lane, usage, input, waiting);
    if (!phase) {
      active.delete(lane);
      continue;
    }
    take(phase, usage, input);
    lane.busy += 1;
    release.push(phase);
  }
  return { release, waiting };
}

/** The first candidate of a lane that no running phase blocks. */
function nextFree(lane: Lane, usage: Usage, input: EligibleInput, waiting: Map<Phase, WaitReason>): Phase | undefined {
  for (let phase = lane.candidates[lane.next++]; phase; phase = lane.candidates[lane.next++]) {
    const reason = reasonOfOthers(phase, lane, usage, input);
    if (!reason) return phase;
    waiting.set(phase, reason);
  }
  return undefined;
}

interface Lane {
  candidates: Phase[];
  next: number;
  /** Running phases. */
  busy: number;
}

/** What running phases hold. */
interface Usage {
  total: number;
  lanes: Map<string, number>;
  systems: Map<string, number>;
  addresses: Map<string, number>;
  /** Units with a running phase, with their system. */
  units: Set<string>;
  permits: Map<string, Permit>;
  /** Sites whose CAP or logon point crosses a line now, or will soon, with that line. */
  first: Set<string>;
}

interface Permit {
  systems: Set<string>;
  /** The strictest among the runs that hold it. */
  limit: number;
}

function usageOf(input: EligibleInput): Usage {
  const usage: Usage = {
    total: 0,
    lanes: new Map(),
    systems: new Map(),
    addresses: new Map(),
    units: new Set(),
    permits: new Map(),
    first: new Set(),
  };
  for (const phase of input.phases) if (phase.state === "released" || phase.state === "running") take(phase, usage, input);
  return usage;
}

/** A stalled phase keeps only its own system and unit busy. */
function take(phase: Phase, usage: Usage, { runs }: EligibleInput): void {
  increment(usage.systems, phase.system);
  usage.units.add(`${phase.system}/${unitKey(phase.unit)}`);
  if (phase.stalledSince !== undefined) return;
  usage.total += 1;
  increment(usage.lanes, laneKey(phase));
  if (phase.task === "stage" && phase.address !== undefined) increment(usage.addresses, phase.address);
  if (comesFirst(phase)) usage.first.add(siteLine(phase));
  if (!TAKES_PERMIT.has(phase.task)) return;
  const key = permitKey(phase);
  const permit = usage.permits.get(key) ?? { systems: new Set(), limit: Infinity };
  permit.systems.add(phase.system);
  permit.limit = Math.min(permit.limit, runs.get(phase.run)?.options.maxUnavailable ?? 1);
  usage.permits.set(key, permit);
}

/** Reasons that do not depend on what else is released. */
function reasonOfItsOwn(phase: Phase, input: EligibleInput): WaitReason | undefined {
  const { runs, phaseOf, isConnected, isUnknown, isQuarantined, undecided, pathTo, now } = input;
  if (phase.after !== undefined && turnAfter(phaseOf(phase.after), runs.get(phase.run)) !== "due") return "earlier-phase";
  if (isQuarantined?.(phase)) return "site-quarantined";
  if (!isConnected(phase.system)) return "agent-offline";
  if (isUnknown?.(phase.system)) return "agent-inventory";
  if (runs.get(phase.run)?.state !== "running") return "paused";
  const open = undecided?.(phase);
  if (open) return open;
  if (phase.notBefore !== undefined && phase.notBefore > now) return phase.inUse ? "folder-in-use" : "backoff";
  const path = pathTo(phase.system);
  if (windowAdmits(phase, path, now)) return undefined;
  return path.some(({ paused }) => paused) ? "address-paused" : "window-closed";
}

function reasonOfOthers(phase: Phase, lane: Lane, usage: Usage, { limits, pathTo, runs }: EligibleInput): WaitReason | undefined {
  if ((usage.systems.get(phase.system) ?? 0) >= limits.perSystem || usage.units.has(`${phase.system}/${unitKey(phase.unit)}`))
    return "system-busy";
  if (phase.task === "stage" && !UNIT_KINDS[phase.unit.role].servesFirst && usage.first.has(siteLine(phase))) return "service-first";
  if (phase.task === "stage" && phase.address !== undefined) {
    const concurrency = pathTo(phase.system)[0]?.concurrency ?? limits.perAddress;
    if ((usage.addresses.get(phase.address) ?? 0) >= concurrency) return "address-busy";
  }
  if (TAKES_PERMIT.has(phase.task)) {
    const permit = usage.permits.get(permitKey(phase));
    const limit = Math.min(permit?.limit ?? Infinity, runs.get(phase.run)?.options.maxUnavailable ?? 1);
    if (permit && !permit.systems.has(phase.system) && permit.systems.size >= limit) return "max-unavailable";
  }
  const isFirstOfAddress = phase.address !== undefined && lane.busy === 0;
  return usage.total >= limits.slots && !isFirstOfAddress ? "queue-full" : undefined;
}

/** Whether every line on the path admits a phase of this priority now. Only staging moves enough content to need a window. */
export function windowAdmits(phase: Phase, path: readonly Address[], now: number): boolean {
  return phase.task !== "stage" || path.every((address) => admits(windowAt(address, now), phase.priority));
}

/** Whether packages of the same site leave the line to this phase. Once all content has arrived, and only checks remain, it needs none. */
function comesFirst({ task, unit, address, progress }: Phase): boolean {
  return task === "stage" && UNIT_KINDS[unit.role].servesFirst && address !== undefined && progress?.step !== "checking";
}

function siteLine({ address, site }: Phase): string {
  return `${address}/${site}`;
}

function byPrecedence(runs: EligibleInput["runs"]): (a: Phase, b: Phase) => number {
  const createdAt = (phase: Phase): number => runs.get(phase.run)?.createdAt ?? 0;
  return (a, b) => byService(a, b) || createdAt(a) - createdAt(b) || a.number - b.number;
}

function leastBusy(lanes: ReadonlySet<Lane>, order: (a: Phase, b: Phase) => number): Lane {
  let best: Lane | undefined;
  for (const lane of lanes) if (!best || lane.busy < best.busy || (lane.busy === best.busy && headFirst(lane, best, order))) best = lane;
  if (!best) throw new Error("there is no lane to choose from");
  return best;
}

function headFirst(a: Lane, b: Lane, order: (a: Phase, b: Phase) => number): boolean {
  const head = a.candidates[a.next];
  const other = b.candidates[b.next];
  return head !== undefined && (other === undefined || order(head, other) < 0);
}

function laneOf(lanes: Map<string, Lane>, phase: Phase, usage: Usage): Lane {
  const key = laneKey(phase);
  const lane = lanes.get(key) ?? { candidates: [], next: 0, busy: usage.lanes.get(key) ?? 0 };
  lanes.set(key, lane);
  return lane;
}

function laneKey(phase: Phase): string {
  return phase.address === undefined ? `system ${phase.system}` : `address ${phase.address}`;
}

function permitKey(phase: Phase): string {
  return `${phase.site}/${phase.unit.role}`;
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
