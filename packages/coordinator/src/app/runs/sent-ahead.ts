import { isBackedOff } from "../../domain/runs/phase.ts";
import { nextPhaseId } from "../../domain/runs/phase-ids.ts";
import type { Phase } from "../../domain/runs/run.ts";
import { permitKey } from "../../domain/runs/usage.ts";
import type { Hierarchy } from "../../domain/sites/hierarchy.ts";
import type { Fleet } from "../agents/fleet.ts";
import type { Clock } from "../ports/clock.ts";
import type { UndecidedOrders } from "../recovery/undecided-orders.ts";
import type { SiteView } from "../sites/site-view.ts";
import type { Board } from "./board.ts";
import { keptBackNow } from "./end-phases.ts";

/**
 * The activation that may be sent with the order that stages its unit, which saves two round trips: one that waits for nothing else.
 * Undefined: it waits for its turn.
 */
export type SentAhead = (stage: Phase) => Phase | undefined;

export interface SentAheadDeps {
  board: Pick<Board, "get" | "runs">;
  fleet: Pick<Fleet, "heldUnit">;
  site: Pick<SiteView, "hierarchy" | "describe">;
  isQuarantined: (phase: Phase) => boolean;
  undecided: Pick<UndecidedOrders, "compares">;
  clock: Clock;
}

export function createSentAhead({ board, fleet, site, isQuarantined, undecided, clock }: SentAheadDeps): SentAhead {
  const isAlone = createIsAlone(site);

  function isHeldBack(phase: Phase): boolean {
    const run = board.runs().get(phase.run);
    return run?.state !== "running" || keptBackNow({ fleet, site }, run, phase) !== undefined;
  }

  return (stage) => {
    const next = stage.task === "stage" ? followerOf(board, stage.id) : undefined;
    if (next?.task !== "activate" || next.state !== "waiting") return undefined;
    const isLate = stage.cancelBy !== undefined || next.cancelBy !== undefined || isBackedOff(next, clock());
    // A permit that was taken this early would keep others waiting until all of the unit has arrived.
    if (isLate || !isAlone(next) || isQuarantined(next) || undecided.compares(next) || isHeldBack(next)) return undefined;
    return next;
  };
}

/** The open phase that comes after one. */
export function followerOf(board: Pick<Board, "get">, id: string): Phase | undefined {
  const next = board.get(nextPhaseId(id) ?? "");
  return next?.after === id ? next : undefined;
}

/** Whether its system is the only one of its role at its site, so that no other can want the permit. */
function createIsAlone({ hierarchy }: Pick<SiteView, "hierarchy">): (phase: Phase) => boolean {
  let counted: { in: Hierarchy; systems: ReadonlyMap<string, number> } | undefined;
  return (phase) => {
    const current = hierarchy();
    if (current?.systems.get(phase.system)?.site !== phase.site) return false;
    if (counted?.in !== current) counted = { in: current, systems: countByPermit(current) };
    return counted.systems.get(permitKey(phase) ?? "") === 1;
  };
}

function countByPermit({ systems }: Hierarchy): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { site, roles } of systems.values())
    for (const role of roles) counts.set(`${site}/${role}`, (counts.get(`${site}/${role}`) ?? 0) + 1);
  return counts;
}
