import type { ObjectPlan } from "@sitewright/protocol/api";
import { findObjects, heldOtherwise, type ObjectFinding } from "../../domain/objects/findings.ts";
import { issuedNumbers, type IssuedNumber } from "../../domain/objects/issued-numbers.ts";
import type { Clock } from "../ports/clock.ts";
import { requireSite, type SiteView } from "../sites/site-view.ts";
import type { FoundObjects } from "./object-cases.ts";
import { createObjectDecisions, type ObjectDecisionDeps, type ObjectDecisions } from "./object-decisions.ts";
import { createObjectFacts, type ObjectFactsDeps } from "./object-facts.ts";
import type { SiteWatch } from "./site-watch.ts";

/** Finds such objects, and carries out what a person decides about them. */
export interface ObjectRepair extends ObjectDecisions {
  /** Changes nothing. Throws `NOT_FOUND`, `SITE_DATA_INVALID`. */
  plan(code: string): Promise<ObjectPlan>;
  /** What systems prove of a site's counters, by what they hold and held. Changes nothing, and throws as `plan`. */
  issued(code: string): Promise<IssuedNumber[]>;
  /**
   * What replacing the content of these client access points would lose of a site, by what they answered since then, ms since 1970. Changes
   * nothing, and throws as `plan`.
   */
  undecided(code: string, systems: ReadonlySet<string>, since: number): Promise<UndecidedObjects>;
}

/** Definitions about which nobody has decided. */
export interface UndecidedObjects {
  findings: ObjectFinding[];
  /** Of the systems that were asked about: those that hold them. */
  holders: string[];
  /** Of the same systems: those that could not be asked. */
  unreached: string[];
}

export interface ObjectRepairDeps extends Omit<ObjectDecisionDeps, "find">, Pick<ObjectFactsDeps, "fleet" | "links" | "definitions"> {
  site: ObjectDecisionDeps["site"] & Pick<SiteView, "recent">;
  watch: ObjectDecisionDeps["watch"] & Pick<SiteWatch, "standing">;
  content: ObjectDecisionDeps["content"] & ObjectFactsDeps["content"];
  clock: Clock;
}

/** What agents stated in this time proves numbers; ms. */
const MEMORY_MS = 60_000;

export function createObjectRepair(deps: ObjectRepairDeps): ObjectRepair {
  const { site, watch, clock } = deps;
  const facts = createObjectFacts(deps);
  const decisions = createObjectDecisions({ ...deps, find });

  async function find(code: string): Promise<FoundObjects> {
    const reading = await site.refresh();
    requireSite(reading.hierarchy, code);
    const { facts: found, unreached } = await facts.definitions(reading, code, { isMeant: () => true, since: clock() });
    return { reading, findings: findObjects([...facts.packages(code), ...found]), unreached };
  }

  return {
    async plan(code) {
      const { reading, findings, unreached } = await find(code);
      const { signs } = watch.standing(requireSite(reading.hierarchy, code), reading.counts.get(code));
      const shown = findings.map(({ kind, id, finding, stated, reasons, choices, copies }) => ({
        kind,
        id,
        finding,
        ...(stated === undefined ? {} : { stated }),
        reasons,
        choices,
        copies: copies.map(({ system, number, isConnected }) => ({ system, number, isConnected })),
      }));
      return {
        site: code,
        signs: [...signs],
        findings: shown,
        unreached,
        returning: decisions.returning(code),
        decided: decisions.standing(code),
      };
    },
    async issued(code) {
      const reading = await site.recent();
      requireSite(reading.hierarchy, code);
      const { facts: found } = await facts.definitions(reading, code, { isMeant: () => true, since: clock() - MEMORY_MS });
      return issuedNumbers([...facts.packages(code), ...found]);
    },
    async undecided(code, systems, since) {
      const reading = await site.recent();
      requireSite(reading.hierarchy, code);
      const { facts: found, unreached } = await facts.definitions(reading, code, { isMeant: (name) => systems.has(name), since });
      const findings = heldOtherwise(findObjects(found), systems);
      const holders = new Set(findings.flatMap(({ copies }) => copies.map(({ system }) => system)));
      return { findings, holders: [...holders].toSorted(), unreached };
    },
    ...decisions,
  };
}
