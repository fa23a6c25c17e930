import { SitewrightError, unitKey } from "@sitewright/protocol";
import { requireListener, type Principal } from "../../domain/principal.ts";
import { drill, type Drill } from "../../domain/drill/drill.ts";
import { scopeOf, type DrillRequest } from "../../domain/drill/scope.ts";
import type { UnitFacts } from "../../domain/runs/plan-run.ts";
import { assignmentsIn } from "../../domain/runs/selection.ts";
import type { Assignment } from "../../domain/sites/hierarchy.ts";
import type { LineSpeeds } from "../addresses/line-speeds.ts";
import type { MeasuredRates } from "../addresses/measured-rates.ts";
import type { Fleet } from "../agents/fleet.ts";
import type { Clock } from "../ports/clock.ts";
import type { RunStore } from "../ports/runs.ts";
import { PER_ADDRESS, PER_SYSTEM } from "../runs/release.ts";
import type { SiteView } from "../sites/site-view.ts";
import { stepThrough } from "../step-through.ts";

/** What a recovery would take, simulated on a virtual clock. */
export interface DrillReport extends Drill {
  /** When the rebuild begins, ms since 1970. */
  start: number;
  /** IANA name; in whose hours that was asked for. */
  timeZone: string;
  /** Systems that are rebuilt. */
  lost: string[];
  /** Units that no run has indexed yet, so that nothing is known of their size: keys. */
  unknown: string[];
  /** When the oldest of the sizes was found, ms since 1970. */
  sizesOf: number;
}

/**
 * Rehearses recoveries. It can only read: it runs under an identity that every change refuses, and its ports have no method that writes. It
 * does not read the site data again either, since that may add entries to the ledger.
 */
export interface Drills {
  /** Throws `FORBIDDEN` for an identity that may change something, `BAD_REQUEST`, `NOTHING_SELECTED`, `SITE_DATA_INVALID`. */
  rehearse(by: Principal, asked: DrillRequest): Promise<DrillReport>;
}

export interface DrillsDeps {
  site: Pick<SiteView, "last">;
  runStore: Pick<RunStore, "runs" | "phases">;
  fleet: Pick<Fleet, "held">;
  measured: Pick<MeasuredRates, "rates">;
  speeds: Pick<LineSpeeds, "slower">;
  clock: Clock;
}

/** Runs that are looked through for what they found of the sources; more are not kept. */
const RUNS = 200;

export function createDrills({ site, runStore, fleet, measured, speeds, clock }: DrillsDeps): Drills {
  /** As the newest runs that planned them have them. */
  async function indexed(wanted: ReadonlySet<string>): Promise<{ facts: Map<string, UnitFacts>; sizesOf: number }> {
    const facts = new Map<string, UnitFacts>();
    let sizesOf = clock();
    for (const { id, createdAt } of await runStore.runs(RUNS)) {
      if (facts.size === wanted.size) break;
      for (const { unit, manifest, ...phase } of await runStore.phases(id)) {
        const key = unitKey(unit);
        if (manifest === undefined || !wanted.has(key) || facts.has(key)) continue;
        const { manifestBytes, files, sourceBytes, packedBytes, sourceVersion } = phase;
        facts.set(key, { manifest, manifestBytes, files, sourceBytes, packedBytes, sourceVersion });
        sizesOf = Math.min(sizesOf, createdAt);
      }
    }
    return { facts, sizesOf };
  }

  return {
    async rehearse(by, asked) {
      requireListener(by);
      const reading = site.last();
      if (!reading) throw new SitewrightError("SITE_DATA_INVALID", "the site data could not be read yet: 'sitewright status' says why");
      const rates = new Map([...measured.rates(), ...speeds.slower()]);
      const scope = scopeOf(asked, { hierarchy: reading.hierarchy, measured: rates, now: clock() });
      const units = new Map(reading.units.map((source) => [unitKey(source.unit), source]));
      const { value: assignments } = await stepThrough(assignmentsIn(scope.hierarchy, reading.servedBy, units));
      const wanted = new Set(assignments.filter(({ system }) => scope.lost.has(system)).map(({ unit }) => unitKey(unit)));
      const { facts, sizesOf } = await indexed(wanted);
      refuseEmpty(asked, wanted, facts);
      const limits = { perSystem: PER_SYSTEM, perAddress: PER_ADDRESS };
      const { value } = await stepThrough(drill({ ...scope, assignments, facts, held: fleet.held, limits }));
      return {
        ...value,
        start: scope.start,
        timeZone: scope.timeZone,
        lost: rebuilt(assignments, scope.lost),
        unknown: [...wanted].filter((key) => !facts.has(key)).sort(),
        sizesOf,
      };
    },
  };
}

function rebuilt(assignments: readonly Assignment[], lost: ReadonlySet<string>): string[] {
  return [...new Set(assignments.flatMap(({ system }) => (lost.has(system) ? [system] : [])))].sort();
}

function refuseEmpty({ lose }: DrillRequest, wanted: ReadonlySet<string>, facts: ReadonlyMap<string, UnitFacts>): void {
  const names = lose.join(", ");
  if (wanted.size === 0) throw new SitewrightError("NOTHING_SELECTED", `the site data describe no unit that ${names} would serve`);
  if (facts.size > 0) return;
  const message = `no run has indexed yet what ${names} would serve: start 'sitewright plan' first, which changes nothing on any system`;
  throw new SitewrightError("NOTHING_SELECTED", message);
}
