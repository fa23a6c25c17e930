import { packageOf } from "@sitewright/protocol";
import type { ObjectPlan } from "@sitewright/protocol/api";
import { findObjects, type Copy, type ObjectFacts } from "../../domain/objects/findings.ts";
import { sitesBelow } from "../../domain/recovery/connection-check.ts";
import type { Fleet } from "../agents/fleet.ts";
import type { AgentLinks, SiteDataReading } from "../ports.ts";
import { requireSite, type SiteView } from "../sites/site-view.ts";
import { siteOf } from "./package-watch.ts";
import type { SiteWatch } from "./site-watch.ts";

/** Finds what the systems and the ledger have of a recovered site and its site data have not, or have otherwise. */
export interface ObjectRepair {
  /** Changes nothing. Throws `NOT_FOUND`, `SITE_DATA_INVALID`. */
  plan(code: string): Promise<ObjectPlan>;
}

export interface ObjectRepairDeps {
  site: Pick<SiteView, "refresh">;
  watch: Pick<SiteWatch, "packages" | "standing">;
  fleet: Pick<Fleet, "allHeld">;
  links: Pick<AgentLinks, "isConnected">;
}

export function createObjectRepair({ site, watch, fleet, links }: ObjectRepairDeps): ObjectRepair {
  /** Every package with the site's code in its id, as the site data, the ledger and the agents have it. */
  function packagesOf(code: string): ObjectFacts[] {
    const [known, stated] = [watch.packages.known(code), watch.packages.stated(code)];
    const copies = new Map<string, (Copy & { hasContent: boolean; manifest: string })[]>();
    const removed = new Map<string, string[]>();
    for (const [system, units] of fleet.allHeld()) {
      for (const { unit, live, staged, sourceVersion: number, content } of units) {
        const id = packageOf(unit);
        if (id === undefined || siteOf(id) !== code) continue;
        const isConnected = links.isConnected(system);
        const told = { hasContent: content !== undefined, manifest: live?.manifest ?? "" };
        if (live) copies.set(id, [...(copies.get(id) ?? []), { system, number, content: content ?? live.manifest, isConnected, ...told }]);
        else if (!staged) removed.set(id, [...(removed.get(id) ?? []), system]);
      }
    }
    return [...new Set([...known.keys(), ...stated.keys(), ...copies.keys()])].map((id): ObjectFacts => {
      const held = copies.get(id) ?? [];
      // Digests of contents and of manifests cannot be compared with each other.
      const areNamed = held.every(({ hasContent }) => hasContent);
      const [version, seen] = [stated.get(id), known.get(id)];
      return {
        kind: "package",
        id,
        ...(version === undefined ? {} : { stated: { number: version } }),
        ...(seen ? { known: seen } : {}),
        copies: held.map(({ system, number, content, isConnected, manifest }) => {
          return { system, number, content: areNamed ? content : manifest, isConnected };
        }),
        removedFrom: removed.get(id) ?? [],
      };
    });
  }

  /** Systems of the site and of those below it that are not connected. */
  function unreachedOf({ hierarchy }: SiteDataReading, code: string): string[] {
    const below = sitesBelow(hierarchy, code);
    const systems = [...hierarchy.systems.values()].filter((system) => below.has(system.site) && !links.isConnected(system.name));
    return systems.map(({ name }) => name).toSorted();
  }

  return {
    async plan(code) {
      const reading = await site.refresh();
      const of = requireSite(reading.hierarchy, code);
      const { signs } = watch.standing(of, reading.counts.get(code));
      const findings = findObjects(packagesOf(code)).map(({ copies, ...finding }) => ({
        ...finding,
        copies: copies.map(({ system, number, isConnected }) => ({ system, number, isConnected })),
      }));
      return { site: code, signs: [...signs], findings, unreached: unreachedOf(reading, code) };
    },
  };
}
