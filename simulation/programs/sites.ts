import { createHash } from "node:crypto";
import { SitewrightError, unitKey, type Unit } from "@sitewright/protocol";
import type { ContentIndex } from "../../packages/coordinator/src/app/ports/content.ts";
import type { SiteData } from "../../packages/coordinator/src/app/ports/site-data.ts";
import type { SiteReferences } from "../../packages/coordinator/src/app/sites/deletion-references.ts";
import type { Address, Hierarchy, Site, System, UnitSource } from "../../packages/coordinator/src/domain/sites/hierarchy.ts";
import type { Random } from "../time/random.ts";
import { referencesIn } from "./site-references.ts";

/** The content of one version of a unit. */
export interface UnitContent {
  manifest: string;
  unit: Unit;
  version: number;
  chunks: number;
  /** Of each. */
  chunkBytes: number;
}

/** The site server's folders, as they are now. */
export interface Sites {
  readonly hierarchy: Hierarchy;
  siteData: SiteData;
  index: ContentIndex;
  /** The lists of distribution points, as far as they name what is deleted. */
  references: SiteReferences;
  /** Lists from which a deletion took names, as they were before: nobody else has edited them since. */
  readonly taken: Map<string, string>;
  contentOf(manifest: string): UnitContent | undefined;
  /** The version of a package rises, and its content changes. */
  edit(unit: Unit): void;
  /** Somebody edits `hierarchy.yaml`. */
  editHierarchy(change: (hierarchy: Hierarchy) => Hierarchy): void;
  /** A system serves a package, or serves it no longer. */
  assign(unit: Unit, system: string, serves: boolean): void;
  /** A system has another name in all of the site data, or its own again. */
  rename(system: string): void;
  /** Every system has its own name again. */
  ownNames(): void;
  /** A package is in the site data no longer, or again. */
  remove(unit: Unit): void;
  /** A backup of the folders. @returns Puts it in place of what there is then. */
  copy(): () => void;
  packages: readonly Unit[];
  /** The next indexings that fail. */
  failures: number;
}

/** End of the other name of a system. */
const OTHER_NAME = "-NEW";
const HOURS = 24;
const WEEK_HOURS = 168;

export function createSites(random: Random): Sites {
  let hierarchy = makeHierarchy(random);
  let revision = 1;
  const units = makeUnits(hierarchy, random);
  const versions = new Map(units.map((unit) => [unitKey(unit), 1]));
  const sizes = new Map(units.map((unit) => [unitKey(unit), { chunks: random.whole(1, 6), chunkBytes: random.whole(2, 48) * 1024 }]));
  const known = new Map<string, UnitContent>();
  const removed = new Set<string>();
  const isThere = (unit: Unit): boolean => !removed.has(unitKey(unit));
  const servers = new Map(units.map((unit) => [unitKey(unit), new Set(serversOf(unit, hierarchy, random))]));

  const taken = new Map<string, string>();

  function contentNow(unit: Unit): UnitContent {
    const version = versions.get(unitKey(unit)) ?? 1;
    const manifest = createHash("sha256")
      .update(`${unitKey(unit)} ${version}`)
      .digest("hex");
    const content = { manifest, unit, version, ...(sizes.get(unitKey(unit)) ?? { chunks: 1, chunkBytes: 1024 }) };
    known.set(manifest, content);
    return content;
  }

  function sources(): UnitSource[] {
    return units.filter(isThere).map((unit) => ({
      unit,
      owned: [
        { path: unit.role === "cap" ? `${unit.name}/pkginfo.box` : unit.name, kind: "folder", rights: "clients-read", source: unit.name },
      ],
      places: [],
      statedIn: "packages.list",
      priority: (["high", "medium", "low"] as const)[unit.name.charCodeAt(unit.name.length - 1) % 3] ?? "medium",
      ...(unit.role === "dp" ? { sourceVersion: versions.get(unitKey(unit)) ?? 1 } : {}),
    }));
  }

  const self: Sites = {
    get hierarchy() {
      return hierarchy;
    },
    packages: units.filter(({ role }) => role === "dp"),
    failures: 0,
    contentOf: (manifest) => known.get(manifest),
    edit: (unit) => void versions.set(unitKey(unit), (versions.get(unitKey(unit)) ?? 1) + 1),
    editHierarchy(change) {
      hierarchy = change(hierarchy);
      revision += 1;
    },
    assign(unit, system, serves) {
      const of = servers.get(unitKey(unit));
      taken.delete(unitKey(unit));
      if (serves) of?.add(system);
      else of?.delete(system);
    },
    rename(system) {
      const other = `${system}${OTHER_NAME}`;
      const [from, to] = hierarchy.systems.has(other) ? [other, system] : [system, other];
      taken.clear();
      self.editHierarchy(({ systems, ...rest }) => ({
        ...rest,
        systems: new Map([...systems].map(([name, one]) => (name === from ? [to, { ...one, name: to }] : [name, one]))),
      }));
      for (const of of servers.values()) if (of.delete(from)) of.add(to);
    },
    ownNames() {
      for (const name of hierarchy.systems.keys()) if (name.endsWith(OTHER_NAME)) self.rename(name.slice(0, -OTHER_NAME.length));
    },
    remove(unit) {
      if (isThere(unit)) removed.add(unitKey(unit));
      else removed.delete(unitKey(unit));
      revision += 1;
    },
    copy() {
      const before = { hierarchy, versions: [...versions], servers: [...servers].map(([unit, of]) => [unit, new Set(of)] as const) };
      return () => {
        hierarchy = before.hierarchy;
        taken.clear();
        for (const [unit, version] of before.versions) versions.set(unit, version);
        for (const [unit, of] of before.servers) servers.set(unit, new Set(of));
        // Whoever gave a system another name takes it back, but may have done so before this.
        self.ownNames();
        revision += 1;
      };
    },
    references: referencesIn(servers, taken),
    taken,
    siteData: {
      revision: async () => String(revision),
      root: async () => "/site-data",
      look: async () => new Map(),
      describe: ({ name }) => ({ place: name, file: `${name}.yaml` }),
      read: async () => ({
        root: "/site-data",
        hierarchy,
        units: sources(),
        servedBy: new Map(
          [...servers]
            .filter(([unit]) => !removed.has(unit))
            .map(([unit, of]) => [unit, [...of].filter((system) => hierarchy.systems.has(system))]),
        ),
        described: new Set(units.filter(isThere).map(unitKey)),
        sitePlaces: new Map(),
        counts: new Map(),
        problems: [],
      }),
    },
    index: {
      async index({ unit }) {
        await new Promise((resolve) => setTimeout(resolve, random.whole(1, 400)));
        if (self.failures > 0 || !isThere(unit)) {
          self.failures = Math.max(0, self.failures - 1);
          throw new SitewrightError("SOURCE_UNSTABLE", "the source changed while it was read");
        }
        const { manifest, version, chunks, chunkBytes } = contentNow(unit);
        const sourceBytes = chunks * chunkBytes;
        return { unit, manifest, manifestBytes: chunks * 64, files: chunks, sourceBytes, packedBytes: sourceBytes, sourceVersion: version };
      },
      openManifest: async () => undefined,
      openChunks: async () => undefined,
    },
  };
  return self;
}

function makeHierarchy(random: Random): Hierarchy {
  const codes = ["ABC", "SEC", "TER"].slice(0, random.whole(1, 3));
  const sites = new Map(codes.map((code) => [code, aSite(code)]));
  const addresses = new Map(
    codes.slice(1).map((code, i) => [code, anAddress(code, random, i > 0 && random.chance(0.5) ? "SEC" : undefined)]),
  );
  const systems = new Map<string, System>();
  for (const code of codes) {
    const count = random.whole(1, 3);
    for (let i = 1; i <= count; i++) {
      const name = `${code}${i}`;
      systems.set(name, { name, site: code, roles: i === 1 ? ["cap", "dp"] : ["dp"], peerAddress: `10.0.${codes.indexOf(code)}.${i}` });
    }
  }
  return { sites, systems, addresses };
}

function aSite(code: string): Site {
  return { code, name: "", type: code === "ABC" ? "primary" : "secondary", server: "", timeZone: "UTC", logonSenior: true };
}

function anAddress(key: string, random: Random, via: string | undefined): Address {
  const closed = random.chance(0.25);
  return {
    key,
    bandwidth: random.pick([128_000, 512_000, 2_000_000, 10_000_000]),
    rateLimit: Array.from({ length: HOURS }, (_, hour) => (random.chance(0.2) && hour % 2 === 1 ? { share: 0.5 } : undefined)),
    schedule: Array.from({ length: WEEK_HOURS }, () => (closed ? random.pick(["all", "all", "medium", "high", "closed"] as const) : "all")),
    concurrency: random.whole(1, 3),
    timeZone: "UTC",
    ...(via === undefined ? {} : { via }),
  };
}

function makeUnits({ sites }: Hierarchy, random: Random): Unit[] {
  const caps = [...sites.keys()].map((code): Unit => ({ role: "cap", name: `CAP_${code}` }));
  const packages = Array.from({ length: random.whole(1, 4) }, (_, i): Unit => ({ role: "dp", name: `ABC0000${i + 1}` }));
  return [...caps, ...packages];
}

function serversOf(unit: Unit, { systems }: Hierarchy, random: Random): string[] {
  const all = [...systems.values()];
  if (unit.role === "cap")
    return all.filter(({ site, roles }) => roles.includes("cap") && unit.name === `CAP_${site}`).map(({ name }) => name);
  return all.filter(() => random.chance(0.7)).map(({ name }) => name);
}
