import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { isPackageId, isSiteCode, SitewrightError } from "@sitewright/protocol";
import type { SiteData, SiteDataReading } from "../../app/ports.ts";
import { desiredUnits, type PackageSource } from "../../domain/desired-units.ts";
import type { Hierarchy, Problem, Site } from "../../domain/hierarchy.ts";
import { readHierarchy } from "./hierarchy-file.ts";
import { readPackageFile } from "./package-file.ts";
import { readSiteFile } from "./site-file.ts";
import { folderFault, isFault, linkFault, listFolder, listSite } from "./site-listing.ts";
import { parseYaml, type Fault, type YamlFile } from "./yaml-file.ts";

/** More than any hierarchy needs, and little enough to be parsed in a second. */
const LARGEST_YAML = 4 * 1024 * 1024;
const SHOWN_FAULTS = 50;

/** Site data in the layout that docs/site-data.md describes. @param noPeers No system is to fetch from a neighbour, whatever is written there. */
export function nativeSiteData(folder: string, { noPeers = false } = {}): SiteData {
  const read = async (): Promise<SiteDataReading> => {
    const reading = await readSiteData(folder);
    return noPeers ? { ...reading, hierarchy: withoutPeers(reading.hierarchy) } : reading;
  };
  return { read, revision: () => revisionOf(join(folder, "hierarchy.yaml")) };
}

function withoutPeers(hierarchy: Hierarchy): Hierarchy {
  return { ...hierarchy, systems: new Map([...hierarchy.systems].map(([name, system]) => [name, { ...system, peers: false }])) };
}

async function revisionOf(path: string): Promise<string> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  return stats ? `${stats.mtimeNs} ${stats.size} ${stats.ino}` : "absent";
}

async function readSiteData(folder: string): Promise<SiteDataReading> {
  const faults: Fault[] = [];
  const hierarchy = await readSites(folder, faults);
  if (faults.length > 0) throw new SitewrightError("SITE_DATA_INVALID", faultList(faults), { path: faults[0]?.file ?? folder });
  const codes = [...hierarchy.sites.keys()];
  const siteFolders = new Map(await Promise.all(codes.map(async (code) => [code, await listSite(folder, code)] as const)));
  const { packages, problems } = await readPackages(folder, hierarchy);
  const desired = desiredUnits(hierarchy, siteFolders, packages);
  return { hierarchy, units: desired.units, servedBy: desired.servedBy, problems: [...desired.problems, ...problems] };
}

/** hierarchy.yaml and every site.yaml: a fault in any of them speaks against the whole. */
async function readSites(folder: string, faults: Fault[]): Promise<Hierarchy> {
  const file = await loadYaml(folder, "hierarchy.yaml", faults);
  if (!file && faults.length === 0) {
    throw new SitewrightError(
      "SITE_DATA_INVALID",
      `${join(folder, "hierarchy.yaml")} does not exist: give the folder of the site data, or write one as docs/site-data.md shows`,
      { path: "hierarchy.yaml" },
    );
  }
  if (!file || faults.length > 0) return { sites: new Map(), systems: new Map(), addresses: new Map() };
  const { hierarchy, stated } = readHierarchy(file, Intl.DateTimeFormat().resolvedOptions().timeZone);
  const sites = new Map<string, Site>();
  for (const [code, site] of hierarchy.sites) {
    // What is no site code was reported, and may be a path out of here.
    const siteFile = isSiteCode(code) ? await loadYaml(folder, `${code}/site.yaml`, faults) : undefined;
    const senior = siteFile && readSiteFile(siteFile);
    if (senior !== undefined && stated.has(code) && senior !== site.logonSenior) {
      siteFile?.fault(undefined, `logonSenior contradicts the entry of ${code} in hierarchy.yaml: state it in one place`);
    }
    sites.set(code, { ...site, logonSenior: senior ?? site.logonSenior });
  }
  return { ...hierarchy, sites };
}

async function readPackages(folder: string, hierarchy: Hierarchy): Promise<{ packages: PackageSource[]; problems: Problem[] }> {
  const packages: PackageSource[] = [];
  const problems: Problem[] = [];
  const listing = await listFolder(folder, "packages");
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
    if (!isPackageId(id)) {
      if (!id.startsWith("."))
        problems.push({
          code: "SITE_DATA_INVALID",
          message: `packages/${id} is left out: "${id}" is no package id (three capital letters or digits and five hex digits, A-F capital)`,
          path: `packages/${id}`,
          leftOut: true,
        });
      continue;
    }
    const read = await readPackage(folder, id, hierarchy);
    if ("message" in read) problems.push(read);
    else packages.push(read);
  }
  return { packages, problems };
}

async function readPackage(folder: string, id: string, hierarchy: Hierarchy): Promise<PackageSource | Problem> {
  const faults: Fault[] = [];
  const name = `packages/${id}/package.yaml`;
  const problem = (code: string, message: string, path: string): Problem => ({
    code,
    message: `${id} is left out: ${message}`,
    unit: `dp/${id}`,
    path,
    leftOut: true,
  });
  const file = await loadYaml(folder, name, faults);
  if (!file && faults.length === 0)
    return problem("SITE_DATA_INVALID", `${name} does not exist: write one with distributionPoints: [SYSTEM, ...]`, name);
  const read = file && faults.length === 0 ? readPackageFile(file, hierarchy) : undefined;
  if (!read || faults.length > 0) return problem("SITE_DATA_INVALID", faultList(faults), name);
  const source = `packages/${id}/source`;
  const fault = await folderFault(folder, source);
  if (fault === undefined) return problem("SOURCE_MISSING", `${source} does not exist: put the package's files there`, source);
  if (fault !== "folder") return problem(fault.code, fault.message, source);
  return { id, ...read };
}

/** Undefined when the file does not exist, or with a fault when it cannot be read. */
async function loadYaml(folder: string, name: string, faults: Fault[]): Promise<YamlFile | undefined> {
  const fault = (message: string) => void faults.push({ file: name, line: 1, message });
  try {
    await using handle = await open(join(folder, name), "r");
    const { size } = await handle.stat();
    if (size > LARGEST_YAML) return fault(`the file has ${size} bytes: ${LARGEST_YAML} at most`);
    const bytes = await handle.readFile();
    return parseYaml(name, new TextDecoder("utf-8", { fatal: true }).decode(bytes), faults);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    return fault(error instanceof TypeError ? "the file is not valid UTF-8: save it as UTF-8" : `the file cannot be read: ${message}`);
  }
}

function faultList(faults: Fault[]): string {
  const sorted = faults.toSorted((a, b) => (a.file === b.file ? a.line - b.line : 0));
  const lines = sorted.slice(0, SHOWN_FAULTS).map(({ file, line, message }) => `${file}:${line}: ${message}`);
  if (faults.length > SHOWN_FAULTS) lines.push(`... and ${faults.length - SHOWN_FAULTS} more`);
  return lines.join("\n");
}
