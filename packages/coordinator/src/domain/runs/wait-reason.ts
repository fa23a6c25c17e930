import { UNIT_KINDS, type WaitReason } from "@sitewright/protocol";
import { admits, windowAt } from "../addresses/address-schedule.ts";
import type { Address } from "../sites/hierarchy.ts";
import { isBackedOff, turnAfter } from "./phase.ts";
import type { Phase, Run } from "./run.ts";
import { laneKey, permitKey, siteLine, type Usage } from "./usage.ts";

/** Its site is under recovery, or nothing is known of it yet in this start. */
export type HeldBySite = Extract<WaitReason, "site-quarantined" | "site-data-unread">;

/** What decides whether a phase may be released, apart from the phases under way. */
export interface Surroundings {
  /** Runs that have not ended, by id. */
  runs: ReadonlyMap<string, Pick<Run, "kind" | "state" | "createdAt"> & { options: Pick<Run["options"], "maxUnavailable"> }>;
  /** Any phase of these runs, including ended ones. */
  phaseOf: (id: string) => Phase | undefined;
  isConnected: (system: string) => boolean;
  /** Its agent has not reported yet what it holds. */
  isUnknown?: (system: string) => boolean;
  /** Why it waits for something about its site. */
  heldBySite?: (phase: Phase) => HeldBySite | undefined;
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

/** Limit of a run that is not known, at once unavailable systems. */
const STRICTEST = 1;

/** Reasons that do not depend on what else is released. */
export function reasonOfItsOwn(phase: Phase, around: Surroundings): WaitReason | undefined {
  const { runs, phaseOf, isConnected, isUnknown, heldBySite, undecided, pathTo, now } = around;
  if (phase.after !== undefined && turnAfter(phaseOf(phase.after), runs.get(phase.run)) !== "due") return "earlier-phase";
  // It waits for its end alone.
  if (phase.cancelBy !== undefined) return "paused";
  const held = heldBySite?.(phase);
  if (held) return held;
  if (!isConnected(phase.system)) return "agent-offline";
  if (isUnknown?.(phase.system)) return "agent-inventory";
  if (runs.get(phase.run)?.state !== "running") return "paused";
  const open = undecided?.(phase);
  if (open) return open;
  if (isBackedOff(phase, now)) return phase.inUse ? "folder-in-use" : "backoff";
  const path = pathTo(phase.system);
  if (windowAdmits(phase, path, now)) return undefined;
  return path.some(({ paused }) => paused) ? "address-paused" : "window-closed";
}

/** @param isReserved Whether the line is reserved for the CAP or logon point of a site, which comes before its packages. */
export function reasonOfOthers(
  phase: Phase,
  { usage, isReserved, around }: { usage: Usage; isReserved: (line: string) => boolean; around: Surroundings },
): WaitReason | undefined {
  const { limits, pathTo } = around;
  const ofSystem = usage.ofSystem(phase.system);
  if (ofSystem >= limits.perSystem || (ofSystem > 0 && usage.isUnitBusy(phase))) return "system-busy";
  if (phase.task === "stage" && !UNIT_KINDS[phase.unit.role].servesFirst && isReserved(siteLine(phase))) return "service-first";
  if (phase.task === "stage" && phase.address !== undefined) {
    const concurrency = pathTo(phase.system)[0]?.concurrency ?? limits.perAddress;
    if (usage.atAddress(phase.address) >= concurrency) return "address-busy";
  }
  const permit = permitKey(phase);
  if (permit !== undefined) {
    const { systems, limit } = usage.permit(permit);
    const most = Math.min(limit, maxUnavailable(phase, around));
    if (systems.size >= most && systems.size > 0 && !systems.has(phase.system)) return "max-unavailable";
  }
  const isFirstOfAddress = phase.address !== undefined && usage.inLane(laneKey(phase)) === 0;
  return usage.slots() >= limits.slots && !isFirstOfAddress ? "queue-full" : undefined;
}

export function maxUnavailable({ run }: Phase, { runs }: Pick<Surroundings, "runs">): number {
  return runs.get(run)?.options.maxUnavailable ?? STRICTEST;
}

/** Whether every line on the path admits a phase of this priority now. Only staging moves enough content to need a window. */
export function windowAdmits(phase: Phase, path: readonly Address[], now: number): boolean {
  return phase.task !== "stage" || path.every((address) => admits(windowAt(address, now), phase.priority));
}
