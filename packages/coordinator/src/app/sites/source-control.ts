import { SitewrightError } from "@sitewright/protocol";
import { assignmentsIn } from "../../domain/runs/selection.ts";
import { withoutPlaces, type RememberedUnit } from "../../domain/sites/site-memory.ts";
import { undescribedUnits } from "../../domain/sites/undescribed.ts";
import type { Fleet } from "../agents/fleet.ts";
import type { Principal } from "../../domain/principal.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Log } from "../log.ts";
import type { Clock } from "../ports/clock.ts";
import type { SourceMemory } from "../ports/site-data.ts";
import { stepThrough } from "../step-through.ts";
import type { SiteView } from "./site-view.ts";

/** A place of the site data that should exist and does not. */
export interface MissingSource {
  /** Below the site data. */
  place: string;
  /** `gone`: it existed before. `not-described`: systems hold the unit that would be described there. */
  kind: "gone" | "not-described";
  /** Unit keys. */
  units: string[];
  message: string;
}

/** What is missing in the site data, and accepting that. */
export interface SourceControl {
  /** By place. Throws `SITE_DATA_INVALID`. */
  missing(): Promise<MissingSource[]>;
  /**
   * From now on the present content of these places (and below them) is the expected one. Throws `NOT_FOUND` where nothing is missing,
   * `SITE_DATA_INVALID`.
   * @param places "all": everything missing now. @returns The places that were missing.
   */
  accept(by: Principal, places: readonly string[] | "all"): Promise<MissingSource[]>;
}

export interface SourceControlDeps {
  site: SiteView;
  memory: SourceMemory;
  fleet: Fleet;
  ledger: Pick<Ledger, "record">;
  clock: Clock;
  log: Log;
}

export function createSourceControl({ site, memory, fleet, ledger, clock, log }: SourceControlDeps): SourceControl {
  async function missing(): Promise<MissingSource[]> {
    const reading = await site.refresh();
    const gone = [...Map.groupBy(site.gone(), ({ place }) => place)].map(([place, same]): MissingSource => {
      return { place, kind: "gone", units: same.map(({ unit }) => unit), message: same[0]?.message ?? "" };
    });
    const { value: assigned } = await stepThrough(assignmentsIn(reading.hierarchy, reading.servedBy, new Map()));
    const { isAccepted, describe } = site;
    const { value: undescribed } = await stepThrough(
      undescribedUnits({ ...reading, assigned, held: fleet.allHeld(), isAccepted, describe }),
    );
    const held = undescribed
      .filter(({ unexplained }) => unexplained)
      .map(({ unit, place, systems }): MissingSource => {
        const message = `${place} does not exist, and ${systems.join(", ")} hold${systems.length === 1 ? "s" : ""} ${unit}`;
        return { place, kind: "not-described", units: [unit], message };
      });
    return [...gone, ...held].toSorted((a, b) => (a.place < b.place ? -1 : 1));
  }

  /** A unit as it is remembered when these of its places may be missing. */
  function accepted(unit: string, places: ReadonlySet<string>, by: string): RememberedUnit {
    const row = memory.all().get(unit) ?? { places: {}, systems: [] };
    const lost = site.gone().flatMap((one) => (one.unit === unit && places.has(one.place) ? one.places : []));
    return withoutPlaces(row, lost, { by, at: clock() });
  }

  return {
    missing,
    async accept(by, places) {
      const all = await missing();
      const asked = places === "all" ? undefined : places.map((place) => place.replace(/\/+$/, ""));
      const isAsked = (place: string): boolean => asked?.some((one) => place === one || place.startsWith(`${one}/`)) ?? true;
      const strange = asked?.filter((one) => !all.some(({ place }) => place === one || place.startsWith(`${one}/`))) ?? [];
      if (strange.length > 0)
        throw new SitewrightError("NOT_FOUND", `nothing is missing at ${strange.join(", ")}: 'sitewright source list' names what is`);
      const chosen = all.filter(({ place }) => isAsked(place));
      const names = new Set(chosen.map(({ place }) => place));
      await ledger.record(by, "sources-accepted", { details: { places: [...names].join("\n") } });
      memory.keep(new Map(chosen.flatMap(({ units }) => units).map((unit) => [unit, accepted(unit, names, by.name)])));
      for (const { place, kind, units } of chosen)
        log.warn({ by: by.name, path: place, kind, units: units.length }, "an operator accepted what is missing in the site data");
      await site.refresh();
      return chosen;
    },
  };
}
