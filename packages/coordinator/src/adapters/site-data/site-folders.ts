import {
  CAP_FOLDERS,
  foldName,
  LOGON_COMMON_FOLDERS,
  LOGON_SHARED_FOLDERS,
  mayOwn,
  unitKey,
  type OwnedPath,
  type Unit,
} from "@sitewright/protocol";
import type { Problem, Site, UnitSource } from "../../domain/sites/hierarchy.ts";

/** The contents of one site's folder, as names on its disk. */
export interface SiteFolders {
  /** Folders in `inboxes`; undefined: the site has no such folder. */
  inboxes?: readonly string[];
  /** Folders in `logon`, with the names in those that are owned entry by entry (Config, Sitescfg, Sites). */
  logon?: readonly LogonFolder[];
  /** Why one of them cannot be used although it exists. */
  faults?: { inboxes?: PlaceFault; logon?: PlaceFault };
}

export interface LogonFolder {
  name: string;
  files: readonly string[];
  folders: readonly string[];
  /** Why its names are not known. */
  fault?: PlaceFault;
}

/** A place of the site data exists and cannot be used: it is not absent. */
export interface PlaceFault {
  code: "SOURCE_LINK" | "SOURCE_KIND" | "SOURCE_UNREADABLE";
  path: string;
  message: string;
}

type Owned = UnitSource["owned"];

export interface SiteUnit {
  owned: Owned;
  problems: Problem[];
}

/** Source folders of a CAP on the site server: the client inboxes have a source folder of another name. */
const CAP_SOURCES: Record<(typeof CAP_FOLDERS)[number], string> = {
  "clifiles.box": "clifiles.src",
  "clicomp.box": "clicomp.src",
  "pkginfo.box": "pkginfo.box",
  "offerinf.box": "offerinf.box",
  "clidata.box": "clidata.src",
};

/**
 * The site whose folders this one serves: its own, or for a secondary site without any those of the nearest site above. Existing folders
 * that cannot be used are not skipped.
 */
export function servingSite(
  site: Site,
  kind: "inboxes" | "logon",
  sites: ReadonlyMap<string, Site>,
  folders: ReadonlyMap<string, SiteFolders>,
): string | PlaceFault | undefined {
  let at: Site | undefined = site;
  while (at) {
    const { [kind]: own, faults } = folders.get(at.code) ?? {};
    if (faults?.[kind]) return faults[kind];
    if (own) return at.code;
    at = at.type === "secondary" && at.parent !== undefined ? sites.get(at.parent) : undefined;
  }
  return undefined;
}

/** `CAP_<site>` from the inboxes of `from`. */
export function capUnit(site: Site, from: string, inboxes: readonly string[]): SiteUnit {
  const owned: Owned = [];
  const problems: Problem[] = [];
  for (const folder of CAP_FOLDERS) {
    const wanted = CAP_SOURCES[folder];
    const name = findName(inboxes, wanted);
    const path = `${from}/inboxes/${name ?? wanted}`;
    if (name !== undefined) owned.push({ path: `CAP_${site.code}/${folder}`, kind: "folder", rights: "clients-read", source: path });
    else problems.push(missing(`cap/CAP_${site.code}`, path, `${folder} of CAP_${site.code} is left as it is on its site systems`));
  }
  return { owned, problems };
}

/** `SMSLOGON@<site>` from the logon folder of `from`: common folders first, those that name the site last. */
export function logonUnit(site: Site, from: string, logon: readonly LogonFolder[]): SiteUnit {
  const unit = { role: "logon-point", name: `SMSLOGON@${site.code}` } as const;
  const owned: Owned = [];
  const problems: Problem[] = [];
  const base = `${from}/logon`;
  const add = (path: string, kind: OwnedPath["kind"], source: string) =>
    owned.push({ path: `SMSLOGON/${path}`, kind, rights: "clients-read", source: `${base}/${source}` });
  if (site.logonSenior) {
    for (const folder of LOGON_COMMON_FOLDERS) {
      const name = findName(
        logon.map((entry) => entry.name),
        folder,
      );
      if (name !== undefined) add(folder, "folder", name);
    }
  }
  for (const shared of LOGON_SHARED_FOLDERS) {
    const folder = findFolder(logon, shared);
    if (!folder) continue;
    if (folder.fault && (shared !== "Config" || site.logonSenior)) problems.push(leftOut(unit, folder.fault));
    if (shared === "Sitescfg") {
      const file = ownName(site.code, from, folder.files, (code) => `${code}_cfg.lcf`);
      if (file !== undefined) add(`Sitescfg/${site.code}_cfg.lcf`, "file", `${folder.name}/${file}`);
    } else if (site.logonSenior) {
      for (const file of folder.files) {
        if (mayOwn(unit, { path: `SMSLOGON/${shared}/${file}`, kind: "file" })) add(`${shared}/${file}`, "file", `${folder.name}/${file}`);
      }
      for (const inner of folder.folders) {
        problems.push({
          code: "NOT_OWNED",
          message: `${base}/${folder.name}/${inner} is not carried: of ${shared}, only files belong to a site`,
          unit: `${unit.role}/${unit.name}`,
          path: `${base}/${folder.name}/${inner}`,
          leftOut: false,
        });
      }
    }
  }
  const sites = findFolder(logon, "Sites");
  const own = ownName(site.code, from, sites?.folders ?? [], (code) => code);
  if (sites?.fault) problems.push(leftOut(unit, sites.fault));
  else if (sites && own !== undefined) add(`Sites/${site.code}`, "folder", `${sites.name}/${own}`);
  else
    problems.push(
      missing(`${unit.role}/${unit.name}`, `${base}/Sites/${site.code}`, `Sites/${site.code} is left as it is on its site systems`),
    );
  return { owned, problems };
}

/** What is named by the site's own code or, in a folder served for the site above, by that site's. */
function ownName(site: string, from: string, names: readonly string[], nameOf: (code: string) => string): string | undefined {
  return findName(names, nameOf(site)) ?? findName(names, nameOf(from));
}

function findFolder(logon: readonly LogonFolder[], name: string): LogonFolder | undefined {
  const found = findName(
    logon.map((folder) => folder.name),
    name,
  );
  return logon.find((folder) => folder.name === found);
}

/** Copies of Windows shares do not preserve the case of names: `CLICOMP.SRC` is clicomp.src, unless that exists beside it. */
export function findName(names: readonly string[], wanted: string): string | undefined {
  return names.find((name) => name === wanted) ?? names.find((name) => foldName(name) === foldName(wanted));
}

/** A unit whose folders cannot be used. */
export function leftOut(unit: Unit, { code, path, message }: PlaceFault): Problem {
  return { code, message: `${unit.name} is left out: ${message}`, unit: unitKey(unit), path, leftOut: true };
}

function missing(unit: string, path: string, consequence: string): Problem {
  return { code: "SOURCE_MISSING", message: `${path} does not exist: ${consequence}`, unit, path, leftOut: false };
}
