import { SitewrightError, unitKey } from "@sitewright/protocol";
import type { ConnectionCheck } from "@sitewright/protocol/api";
import { blocksOf, chainAbove, overwritten, sitesBelow, type Finding, type SiteObject } from "../../domain/recovery/connection-check.ts";
import { lineLoads, type Lacking } from "../../domain/recovery/connection-load.ts";
import type { Principal } from "../../domain/principal.ts";
import { assignmentsOf } from "../../domain/runs/selection.ts";
import { makerOfUnit } from "../../domain/sites/maker.ts";
import type { Fleet } from "../agents/fleet.ts";
import type { AgentLinks } from "../ports/agents.ts";
import type { Clock } from "../ports/clock.ts";
import type { SiteDataReading } from "../ports/site-data.ts";
import type { SiteView } from "../sites/site-view.ts";
import type { SiteWatch } from "./site-watch.ts";

/** The definitions of sites, and how large folders are. */
export interface SiteObjects {
  /** Throws `SOURCE_UNREADABLE`. */
  of(root: string, code: string): Promise<SiteObject[]>;
  /** Of all files in a folder of the site data. Throws `SOURCE_UNREADABLE`. */
  bytes(root: string, place: string): Promise<number>;
}

/** Whether a site may become the child of another, and what that would do. */
export interface ParentChecks {
  /** Throws `NOT_FOUND` for an unknown site, `CONFLICT` for a circle, `SITE_DATA_INVALID`. */
  check(child: string, parent: string): Promise<ConnectionCheck>;
  /**
   * The child may follow the parent although something speaks against it.
   * Throws as `check`, and `CONFLICT` where nothing does.
   */
  accept(by: Principal, child: string, parent: string, reason: string): Promise<ConnectionCheck>;
}

export interface ParentCheckDeps {
  site: Pick<SiteView, "refresh">;
  watch: Pick<SiteWatch, "acceptParent" | "standing">;
  objects: SiteObjects;
  fleet: Pick<Fleet, "heldUnit">;
  links: Pick<AgentLinks, "isConnected">;
  clock: Clock;
}

export function createParentChecks({ site, watch, objects, fleet, links, clock }: ParentCheckDeps): ParentChecks {
  /** What cannot be read is a finding about its site, and no end of the check. */
  async function readable<T>(of: string, findings: Finding[], read: () => Promise<T>, otherwise: T): Promise<T> {
    return read().catch((error: Error) => {
      findings.push({ site: of, message: error.message });
      return otherwise;
    });
  }

  /** Packages made at the parent or above that systems of these sites are to serve and do not hold. */
  async function lackingAt(reading: SiteDataReading, below: ReadonlySet<string>, blocks: Finding[]): Promise<Lacking[]> {
    const { hierarchy, servedBy, units, root } = reading;
    const sources = new Map(units.map((source) => [unitKey(source.unit), source]));
    const sizes = new Map<string, number>();
    const lacking: Lacking[] = [];
    for (const { system, site: code, unit } of assignmentsOf(hierarchy, servedBy, sources)) {
      const source = sources.get(unitKey(unit));
      const madeAt = makerOfUnit(unit);
      if (!below.has(code) || !source || madeAt === undefined || below.has(madeAt)) continue;
      const held = fleet.heldUnit(system, unitKey(unit));
      if (held?.live && (source.sourceVersion ?? held.sourceVersion) === held.sourceVersion) continue;
      for (const { source: place } of source.owned)
        sizes.set(place, sizes.get(place) ?? (await readable(madeAt, blocks, () => objects.bytes(root, place), 0)));
      lacking.push({ system, unit, bytes: source.owned.reduce((sum, { source: place }) => sum + (sizes.get(place) ?? 0), 0) });
    }
    return lacking;
  }

  const checks: ParentChecks = {
    async check(child, parent) {
      const reading = await site.refresh();
      const { hierarchy, counts, root } = reading;
      const chain = chainAbove(hierarchy, child, parent);
      const standing = (code: string): Finding[] => {
        const of = hierarchy.sites.get(code);
        return of ? blocksOf(code, watch.standing(of, counts.get(code))) : [];
      };
      const blocks = chain.flatMap(standing);
      const warnings = standing(child);
      for (const code of chain) {
        const { server = "" } = hierarchy.sites.get(code) ?? {};
        if (!links.isConnected(server))
          warnings.push({ site: code, message: `its server ${server} is not connected: what it knows cannot be asked for` });
      }
      const above = [];
      for (const code of chain) above.push({ site: code, objects: await readable(code, blocks, () => objects.of(root, code), []) });
      const below = sitesBelow(hierarchy, child);
      const own = await readable(child, warnings, () => objects.of(root, child), []);
      const lacking = await lackingAt(reading, below, blocks);
      const definitions = (found: readonly { bytes: number }[]) => ({
        count: found.length,
        bytes: found.reduce((sum, { bytes }) => sum + bytes, 0),
      });
      return {
        child,
        parent,
        chain,
        blocks,
        warnings,
        isUnreachable: chain.some((code) => !links.isConnected(hierarchy.sites.get(code)?.server ?? "")),
        overwritten: overwritten(own, above),
        load: {
          definitionsDown: definitions(above.flatMap((one) => one.objects)),
          definitionsUp: definitions(own),
          packages: new Set(lacking.map(({ unit }) => unit.name)).size,
          lines: lineLoads(hierarchy, lacking, clock()),
        },
      };
    },
    async accept(by, child, parent, reason) {
      const check = await checks.check(child, parent);
      if (check.blocks.length === 0)
        throw new SitewrightError("CONFLICT", `nothing speaks against ${parent} as the parent of ${child}: there is nothing to accept`);
      const saw = check.blocks.map((block) => `${block.site}: ${block.message}`).join("; ");
      await watch.acceptParent(by, child, { parent, reason, saw });
      await site.refresh();
      return check;
    },
  };
  return checks;
}
