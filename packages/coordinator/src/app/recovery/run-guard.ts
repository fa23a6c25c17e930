import { RUN_KINDS, SitewrightError, type RunKind } from "@sitewright/protocol";
import { objectName } from "../../domain/objects/findings.ts";
import { sitesBelow } from "../../domain/recovery/connection-check.ts";
import { isHeld, type Quarantine } from "../../domain/recovery/quarantine.ts";
import type { Assignment, Problem } from "../../domain/sites/hierarchy.ts";
import { makerOfUnit } from "../../domain/sites/maker.ts";
import type { Clock } from "../ports/clock.ts";
import type { Selected } from "../runs/prepare.ts";
import type { ObjectRepair, UndecidedObjects } from "./object-repair.ts";
import type { RecoveryBook } from "./recovery-book.ts";

/** Refuses runs that would destroy what a recovery may bring back. */
export interface RunGuard {
  /** The id of a recovery that is open, by its id or its site. Throws `NOT_FOUND`, `CONFLICT`. */
  ordering(idOrSite: string): string;
  /** Throws `SITE_QUARANTINED`, `OBJECTS_UNDECIDED`. @returns What is only to be said: a dry run is not refused for undecided objects. */
  check(kind: RunKind, selected: Pick<Selected, "assignments" | "hierarchy" | "options">): Promise<Problem[]>;
}

export interface RunGuardDeps {
  recoveries: Pick<RecoveryBook, "ordering">;
  quarantineOf: (site: string) => Quarantine | undefined;
  objects: Pick<ObjectRepair, "undecided">;
  clock: Clock;
}

/** Ids that a message names. */
const SHOWN = 5;

export function createRunGuard({ recoveries, quarantineOf, objects, clock }: RunGuardDeps): RunGuard {
  /** What is deleted now may be what a recovery brings back, also the copy of a package at another site: it is refused, not held. */
  function refuseFrozen(assignments: readonly Assignment[], recovery: string | undefined): void {
    const sites = new Set(assignments.flatMap(({ site: code, unit }) => [code, makerOfUnit(unit) ?? code]));
    const frozen = sites.values().find((code) => isHeld(quarantineOf(code), "remove", recovery));
    if (frozen === undefined) return;
    const message = `nothing of ${frozen} can be removed before its recovery has ended: leave it out, or name the recovery that orders it with --recovery`;
    throw new SitewrightError("SITE_QUARANTINED", message);
  }

  return {
    ordering: recoveries.ordering,
    async check(kind, { assignments, hierarchy, options }) {
      const { tasks, rollsOut, isDryRun } = RUN_KINDS[kind];
      const removes = tasks.includes("remove");
      if (removes) refuseFrozen(assignments, options.recovery);
      if (!removes && !rollsOut && !isDryRun) return [];
      const accessPoints = assignments.filter(({ unit }) => unit.role === "cap");
      const problems: Problem[] = [];
      const now = clock();
      for (const code of hierarchy.sites.keys()) {
        if (!quarantineOf(code)) continue;
        // Definitions of a site lie on the client access points of the sites below it, too.
        const below = sitesBelow(hierarchy, code);
        const systems = new Set(accessPoints.filter(({ site }) => below.has(site)).map(({ system }) => system));
        if (systems.size === 0) continue;
        const found = await objects.undecided(code, systems, now);
        if (found.findings.length > 0 && !isDryRun) throw new SitewrightError("OBJECTS_UNDECIDED", undecidedWords(code, found));
        problems.push(...wordsOf(code, found).map((message) => ({ code: "OBJECTS_UNDECIDED", message, site: code, leftOut: false })));
      }
      return problems;
    },
  };
}

function wordsOf(code: string, found: UndecidedObjects): string[] {
  const { findings, unreached } = found;
  const away = `${unreached.join(", ")} could not be asked what lies there of ${code}: once the agent is connected, its orders wait until nothing of that is undecided; an agent of a version that cannot be asked replaces it`;
  return [...(findings.length > 0 ? [undecidedWords(code, found)] : []), ...(unreached.length > 0 ? [away] : [])];
}

function undecidedWords(code: string, { findings, holders }: UndecidedObjects): string {
  const names = findings.slice(0, SHOWN).map(objectName);
  const more = findings.length > SHOWN ? `, and ${findings.length - SHOWN} more` : "";
  const what = findings.length === 1 ? "1 definition that was" : `${findings.length} definitions that were`;
  return `${holders.join(", ")} would lose ${what} made or changed after the backup of ${code}, and nobody has decided: ${names.join(", ")}${more}. 'sitewright repair-objects --site ${code}' shows what can be decided`;
}
