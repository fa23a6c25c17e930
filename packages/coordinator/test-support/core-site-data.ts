import { SitewrightError, unitKey } from "@sitewright/protocol";
import type { ContentIndex } from "../src/app/ports/content.ts";
import type { SiteData } from "../src/app/ports/site-data.ts";
import type { Hierarchy, Site, System } from "../src/domain/sites/hierarchy.ts";
import { anAddress } from "./fakes.ts";

export interface EditableSiteData {
  siteData: SiteData;
  /** Keeps all systems but these. */
  takeOut(systems: readonly string[]): void;
  /** The site states this number for its packages. */
  stateNumber(site: string, number: number): void;
}

/** A primary and a secondary site with a CAP and a package, which exist in memory alone. */
export function editableSiteData(): EditableSiteData {
  let takenOut: readonly string[] = [];
  /** Numbers of packages, by site. */
  const stated = new Map<string, number>();

  function withNumber(of: Site): Site {
    const packages = stated.get(of.code);
    return packages === undefined ? of : { ...of, numbers: { epoch: 1, serials: { packages } } };
  }

  const siteData: SiteData = {
    revision: async () => `${takenOut.join()} ${[...stated].join()}`,
    root: async () => "/site-data",
    look: async () => new Map(),
    describe: ({ name }) => ({ place: `packages/${name}`, file: `packages/${name}/package.yaml` }),
    read: async () => ({
      root: "/site-data",
      hierarchy: {
        ...hierarchy,
        sites: new Map([...hierarchy.sites].map(([code, of]) => [code, withNumber(of)])),
        systems: new Map([...hierarchy.systems].filter(([name]) => !takenOut.includes(name))),
      },
      units: [
        { unit: { role: "cap" as const, name: "CAP_ABC" } },
        { unit: { role: "dp" as const, name: "ABC00001" }, sourceVersion: 1 },
      ].map((of) => ({ ...of, owned: [], places: [], statedIn: "packages.list", priority: "medium" as const })),
      servedBy: new Map([
        ["cap/CAP_ABC", ["A1"]],
        ["dp/ABC00001", ["A1", "S1", "S2"]],
      ]),
      described: new Set(["dp/ABC00001"]),
      sitePlaces: new Map(),
      counts: new Map(),
      problems: [],
    }),
  };
  return { siteData, takeOut: (systems) => void (takenOut = systems), stateNumber: (of, number) => void stated.set(of, number) };
}

function system(name: string, at: string, roles: System["roles"]): [string, System] {
  return [name, { name, site: at, roles }];
}

function site(code: string, type: Site["type"]): [string, Site] {
  return [code, { code, name: "", type, server: "", timeZone: "UTC", logonSenior: true }];
}

const hierarchy: Hierarchy = {
  sites: new Map([site("ABC", "primary"), site("SEC", "secondary")]),
  systems: new Map([system("A1", "ABC", ["cap", "dp"]), system("S1", "SEC", ["dp"]), system("S2", "SEC", ["dp"])]),
  addresses: new Map([["SEC", anAddress("SEC")]]),
};

/** What an index knows of these units. @param broken Keys of units whose source cannot be indexed. */
export function indexExcept(broken: ReadonlySet<string>): ContentIndex {
  return {
    async index({ unit }) {
      if (broken.has(unitKey(unit))) throw new SitewrightError("SOURCE_LINK", "a link leaves the unit", { path: "x" });
      return {
        unit,
        manifest: `manifest of ${unit.name}`,
        manifestBytes: 10,
        files: 2,
        sourceBytes: 100,
        packedBytes: 60,
        sourceVersion: 1,
      };
    },
    openManifest: async () => undefined,
    openChunks: async () => undefined,
  };
}
