import { lstat, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { isPackageId, isSiteCode, SitewrightError } from "@sitewright/protocol";
import type { SiteData, SiteDataReading } from "../../app/ports/site-data.ts";
import { describeUnit, desiredUnits, type PackageSource } from "./desired-units.ts";
import type { Hierarchy, Problem, Site } from "../../domain/sites/hierarchy.ts";
import type { WrittenHierarchy } from "./hierarchy-file.ts";
import { lookAtPlaces } from "./look-at-places.ts";
import { countSites } from "./count-sites.ts";
import { createPointCheck, type PointCheck } from "./package-file.ts";
import { folderFault, isFault, linkFault, listFolder, listSite, type Listing } from "./site-listing.ts";
import type { PlaceFault } from "./site-folders.ts";
import { SHOWN_FAULTS, type Fault } from "./yaml-file.ts";
import { createYamlReader, type YamlReader } from "./yaml-reader.ts";

const NOTHING_STATED: WrittenHierarchy = {
  hierarchy: { sites: new Map(), systems: new Map(), addresses: new Map() },
  stated: new Set(),
};
/** Characters of one fault that are shown: a name in it may be as long as its file. */
const LONGEST_MESSAGE = 500;
const SHOWN_FOREIGN = 5;
/** Folder beside what it keeps: of packages below `packages`, of definitions below their site. Nothing in it is read as site data. */
export const KEPT = ".sitewright";

/**
 * Site data in the layout that docs/site-data.md describes. @param noPeers No system fetches from a neighbour, whatever the site data say.
 */
export function nativeSiteData(folder: string, { noPeers = false } = {}): SiteData {
  const files = createYamlReader();
  return {
    async read(parents = new Map()) {
      // Resolved once: if the folder is a link that is switched meanwhile, everything is still read from its earlier target.
      const root = await rootOf(folder);
      const reading = await readSiteData(root, files, parents).finally(() => files.forget());
      return noPeers ? { ...reading, hierarchy: withoutPeers(reading.hierarchy) } : reading;
    },
    async revision() {
      const root = await rootOf(folder).catch(() => folder);
      return `${root} ${await revisionOf(join(root, "hierarchy.yaml"))}`;
    },
    root: () => rootOf(folder),
    look: ({ root }, places) => lookAtPlaces(root, places),
    describe: describeUnit,
  };
}

/** Real path of the site data. Throws `SITE_DATA_INVALID`. */
async function rootOf(folder: string): Promise<string> {
  return realpath(folder).catch((cause: unknown) => {
    throw new SitewrightError(
      "SITE_DATA_INVALID",
      `the folder of the site data, ${folder}, cannot be opened: does it exist, and is its disk mounted?`,
      {
        path: folder,
        cause,
      },
    );
  });
}

function withParents(hierarchy: Hierarchy, parents: ReadonlyMap<string, string | undefined>): Hierarchy {
  const sites = new Map(hierarchy.sites);
  for (const [code, kept] of parents) {
    const { parent: _, ...site } = sites.get(code) ?? {};
    if ("code" in site) sites.set(code, { ...site, ...(kept === undefined ? {} : { parent: kept }) });
  }
  return { ...hierarchy, sites };
}

function withoutPeers(hierarchy: Hierarchy): Hierarchy {
  return { ...hierarchy, systems: new Map([...hierarchy.systems].map(([name, system]) => [name, { ...system, peers: false }])) };
}

async function revisionOf(path: string): Promise<string> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  return stats ? `${stats.mtimeNs} ${stats.size} ${stats.ino}` : "absent";
}

async function readSiteData(folder: string, files: YamlReader, parents: ReadonlyMap<string, string | undefined>): Promise<SiteDataReading> {
  const hierarchy = withParents(await readSites(folder, files), parents);
  const codes = [...hierarchy.sites.keys()];
  const siteFolders = new Map(await Promise.all(codes.map(async (code) => [code, await listSite(folder, code)] as const)));
  const listing = await listFolder(folder, "packages");
  const { packages, problems } = await readPackages({ folder, listing }, files, hierarchy);
  const desired = desiredUnits(hierarchy, siteFolders, packages);
  return {
    root: folder,
    hierarchy,
    units: desired.units,
    servedBy: desired.servedBy,
    described: new Set(packages.map(({ id }) => `dp/${id}`)),
    sitePlaces: new Map(codes.map((code) => [code, [`${code}/objects`]])),
    counts: await countSites(folder, codes, listing),
    problems: [...desired.problems, ...problems],
  };
}

/** hierarchy.yaml and every site.yaml: a fault in any of them invalidates the whole. */
async function readSites(folder: string, files: YamlReader): Promise<Hierarchy> {
  const file = await files.read("hierarchy", folder, "hierarchy.yaml");
  if (!file) {
    throw new SitewrightError(
      "SITE_DATA_INVALID",
      `${join(folder, "hierarchy.yaml")} does not exist: give the folder of the site data, or write one as docs/site-data.md shows`,
      { path: "hierarchy.yaml" },
    );
  }
  const faults = [...file.faults];
  const { hierarchy, stated } = file.value ?? NOTHING_STATED;
  const sites = new Map<string, Site>();
  for (const [code, site] of hierarchy.sites) {
    // An invalid site code was reported, and may be a path out of this folder.
    const own = isSiteCode(code) ? await files.read("site", folder, `${code}/site.yaml`) : undefined;
    faults.push(...(own?.faults ?? []));
    const senior = own?.value?.logonSenior;
    if (senior !== undefined && stated.has(code) && senior !== site.logonSenior) {
      const message = `logonSenior contradicts the entry of ${code} in hierarchy.yaml: state it in one place`;
      faults.push({ file: `${code}/site.yaml`, line: 1, message });
    }
    sites.set(code, { ...site, ...(own?.value ? { numbers: own.value.numbers } : {}), logonSenior: senior ?? site.logonSenior });
  }
  if (faults.length > 0) throw new SitewrightError("SITE_DATA_INVALID", faultList(faults), { path: faults[0]?.file ?? folder });
  return { ...hierarchy, sites };
}

async function readPackages(
  { folder, listing }: { folder: string; listing: Listing | PlaceFault | undefined },
  files: YamlReader,
  hierarchy: Hierarchy,
): Promise<{ packages: PackageSource[]; problems: Problem[] }> {
  const packages: PackageSource[] = [];
  const problems: Problem[] = [];
  const foreign: string[] = [];
  const checkPoints = createPointCheck(hierarchy);
  if (isFault(listing)) problems.push({ ...listing, message: `all packages are left out: ${listing.message}`, leftOut: true });
  if (listing === undefined || isFault(listing)) return { packages, problems };
  for (const id of listing.links) {
    const fault = linkFault(`packages/${id}`);
    if (isPackageId(id)) problems.push({ ...fault, message: `${id} is left out: ${fault.message}`, unit: `dp/${id}`, leftOut: true });
    else problems.push({ ...fault, leftOut: false });
  }
  for (const id of listing.files.filter(isPackageId))
    problems.push({
      code: "SOURCE_KIND",
      message: `${id} is left out: packages/${id} must be a folder`,
      unit: `dp/${id}`,
      path: `packages/${id}`,
      leftOut: true,
    });
  for (const id of listing.folders) {
    if (isPackageId(id)) {
      const read = await readPackage(folder, files, id, checkPoints);
      if (read.source) packages.push(read.source);
      problems.push(...read.problems);
    } else if (id === KEPT) continue;
    else if (await holdsPackageFile(folder, id)) problems.push(misnamed(id));
    else foreign.push(id);
  }
  return { packages, problems: [...problems, ...notPackages(foreign)] };
}

/** Not of a folder that is closed to this account, as those of file systems are. */
async function holdsPackageFile(folder: string, id: string): Promise<boolean> {
  return await lstat(join(folder, "packages", id, "package.yaml")).then(
    () => true,
    () => false,
  );
}

/** It was meant as a package. */
function misnamed(id: string): Problem {
  return {
    code: "SITE_DATA_INVALID",
    message: `packages/${id} is left out: "${id}" is not a package id (three capital letters or digits and five hex digits, A-F capital)`,
    path: `packages/${id}`,
    leftOut: true,
  };
}

/** What file systems, storage appliances and people keep beside packages, such as lost+found: a note, and not a failure. */
function notPackages(names: readonly string[]): Problem[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, SHOWN_FOREIGN).map((name) => JSON.stringify(name));
  const all = names.length > shown.length ? [...shown, `${names.length - shown.length} more`] : shown;
  const message = `packages/ also holds ${all.join(", ")}: no package id, no package.yaml, so not read`;
  return [{ code: "NOT_A_PACKAGE", message, path: "packages", leftOut: false }];
}

interface ReadPackage {
  source?: PackageSource;
  problems: Problem[];
}

async function readPackage(folder: string, files: YamlReader, id: string, checkPoints: PointCheck): Promise<ReadPackage> {
  const name = `packages/${id}/package.yaml`;
  const unit = `dp/${id}`;
  const leftOut = (code: string, message: string, path: string): ReadPackage => ({
    problems: [{ code, message: `${id} is left out: ${message}`, unit, path, leftOut: true }],
  });
  const file = await files.read("package", folder, name);
  if (!file) return leftOut("SITE_DATA_INVALID", `${name} does not exist: write one with distributionPoints: [SYSTEM, ...]`, name);
  const { points, faults } = checkPoints(name, file.value?.distributionPoints ?? []);
  if (!file.value || file.faults.length > 0) return leftOut("SITE_DATA_INVALID", faultList([...file.faults, ...faults]), name);
  // A package without any distribution point is assigned to no system; one whose points are all unknown is not meant so.
  if (points.length === 0 && faults.length > 0) return leftOut("DISTRIBUTION_POINT_UNKNOWN", faultList(faults), name);
  const source = `packages/${id}/source`;
  const fault = await folderFault(folder, source);
  if (fault === undefined) return leftOut("SOURCE_MISSING", `${source} does not exist: put the package's files there`, source);
  if (fault !== "folder") return leftOut(fault.code, fault.message, source);
  const code = "DISTRIBUTION_POINT_UNKNOWN";
  const message = `${id} is missing on some distribution points: ${faultList(faults)}`;
  return {
    source: { id, ...file.value, distributionPoints: points },
    problems: faults.length > 0 ? [{ code, message, unit, path: name, leftOut: false }] : [],
  };
}

function faultList(faults: readonly Fault[]): string {
  const sorted = faults.toSorted((a, b) => (a.file === b.file ? a.line - b.line : 0));
  const lines = sorted.slice(0, SHOWN_FAULTS).map(({ file, line, message }) => `${file}:${line}: ${shortened(message)}`);
  if (faults.length > SHOWN_FAULTS) lines.push(`... and ${faults.length - SHOWN_FAULTS} more`);
  return lines.join("\n");
}

/** One line, whatever names it contains. */
function shortened(message: string): string {
  const line = message.slice(0, LONGEST_MESSAGE).replaceAll(/\s+/g, " ");
  return message.length <= LONGEST_MESSAGE ? line : `${line}...`;
}
