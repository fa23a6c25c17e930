import { UNIT_KINDS, unitKey } from "@sitewright/protocol";
import type { Phase } from "./run.ts";

/** Systems of one role at one site whose clients may have to use another one now. */
export interface Permit {
  systems: ReadonlySet<string>;
  /** The strictest among the runs that hold it; Infinity: none does. */
  limit: number;
}

/** What one phase occupies: one of each of these. */
export interface Use {
  system: string;
  unit: string;
  /** The rest is absent for a stalled phase: it keeps only its own system and unit busy. */
  lane?: string;
  address?: string;
  line?: string;
  permit?: string;
}

/** What released and running phases occupy. */
export interface Usage {
  has(id: string): boolean;
  /** A phase is under way, or what it occupies has changed. @param maxUnavailable Of its run. */
  take(phase: Phase, maxUnavailable: number): Use;
  /** @returns What it occupied. */
  giveBack(id: string): Use | undefined;
  /** Slots in use. */
  slots(): number;
  inLane(lane: string): number;
  ofSystem(system: string): number;
  atAddress(address: string): number;
  isUnitBusy(phase: Phase): boolean;
  permit(key: string): Permit;
  /** Whether the CAP or logon point of a site crosses this line now. */
  servesFirst(line: string): boolean;
}

/** Tasks after which clients of a system may briefly have to use another one. */
const TAKES_PERMIT: ReadonlySet<Phase["task"]> = new Set(["activate", "undo", "remove"]);

/** Phases of one address, or of one system where it crosses none. */
export function laneKey({ address, system }: Pick<Phase, "address" | "system">): string {
  return address === undefined ? `system ${system}` : `address ${address}`;
}

/** Undefined: the phase takes no permit. */
export function permitKey({ task, site, unit }: Phase): string | undefined {
  return TAKES_PERMIT.has(task) ? `${site}/${unit.role}` : undefined;
}

export function siteLine({ address, site }: Phase): string {
  return `${address}/${site}`;
}

/** Whether packages of the same site leave the line to this phase. Once all content has arrived, and only checks remain, it needs none. */
export function comesFirst({ task, unit, address, progress }: Phase): boolean {
  return task === "stage" && UNIT_KINDS[unit.role].servesFirst && address !== undefined && progress?.step !== "checking";
}

export function createUsage(): Usage {
  const uses = new Map<string, Use>();
  const counts = { system: createCounts(), unit: createCounts(), lane: createCounts(), address: createCounts(), line: createCounts() };
  const fields = Object.keys(counts) as (keyof typeof counts)[];
  /** By permit: the phases that hold it. */
  const permits = new Map<string, Map<string, { system: string; limit: number }>>();
  let slots = 0;

  function giveBack(id: string): Use | undefined {
    const use = uses.get(id);
    if (!use) return undefined;
    uses.delete(id);
    for (const field of fields) counts[field].add(use[field], -1);
    if (use.lane !== undefined) slots -= 1;
    if (use.permit !== undefined) permits.get(use.permit)?.delete(id);
    return use;
  }

  return {
    has: (id) => uses.has(id),
    take(phase, maxUnavailable) {
      giveBack(phase.id);
      const use = useOf(phase);
      uses.set(phase.id, use);
      for (const field of fields) counts[field].add(use[field], 1);
      if (use.lane !== undefined) slots += 1;
      if (use.permit === undefined) return use;
      const holders = permits.get(use.permit) ?? new Map<string, { system: string; limit: number }>();
      permits.set(use.permit, holders.set(phase.id, { system: phase.system, limit: maxUnavailable }));
      return use;
    },
    giveBack,
    slots: () => slots,
    inLane: counts.lane.of,
    ofSystem: counts.system.of,
    atAddress: counts.address.of,
    isUnitBusy: (phase) => counts.unit.of(unitOf(phase)) > 0,
    permit(key) {
      const holders = [...(permits.get(key)?.values() ?? [])];
      return { systems: new Set(holders.map(({ system }) => system)), limit: Math.min(...holders.map(({ limit }) => limit)) };
    },
    servesFirst: (line) => counts.line.of(line) > 0,
  };
}

function useOf(phase: Phase): Use {
  const own = { system: phase.system, unit: unitOf(phase) };
  if (phase.stalledSince !== undefined) return own;
  const permit = permitKey(phase);
  return {
    ...own,
    lane: laneKey(phase),
    ...(phase.task === "stage" && phase.address !== undefined ? { address: phase.address } : {}),
    ...(comesFirst(phase) ? { line: siteLine(phase) } : {}),
    ...(permit === undefined ? {} : { permit }),
  };
}

function unitOf({ system, unit }: Phase): string {
  return `${system}/${unitKey(unit)}`;
}

interface Counts {
  add(key: string | undefined, by: number): void;
  of(key: string): number;
}

/** Keys with a count of 0 are not kept. */
function createCounts(): Counts {
  const counts = new Map<string, number>();
  return {
    add(key, by) {
      if (key === undefined) return;
      const count = (counts.get(key) ?? 0) + by;
      if (count === 0) counts.delete(key);
      else counts.set(key, count);
    },
    of: (key) => counts.get(key) ?? 0,
  };
}
