import { foldName, isPeerEndpoint, isSiteCode, ROLES, type Role } from "@sitewright/protocol";
import type { Address, Hierarchy, Site, System } from "../../domain/sites/hierarchy.ts";
import { findCircles, isSystemName } from "../../domain/sites/site-data-rules.ts";
import { readAddress, readTimeZone } from "./address-fields.ts";
import { MOST_CLIENTS } from "./package-file.ts";
import type { Field, YamlFile } from "./yaml-file.ts";

const SITE_KEYS = ["name", "type", "parent", "server", "timeZone", "logonSenior", "clients"] as const;
const SYSTEM_KEYS = ["site", "roles", "address", "peers", "peerAddress"] as const;

/** A site as written; references are checked once everything is known. */
interface WrittenSite {
  field: Field;
  fields: Partial<Record<(typeof SITE_KEYS)[number], Field>>;
  type: Site["type"];
  parent: string | undefined;
  timeZone: string | undefined;
  logonSenior: boolean | undefined;
  clients: number | undefined;
}

/** What hierarchy.yaml says; `stated` holds the sites whose entry states `logonSenior`. */
export interface WrittenHierarchy {
  hierarchy: Hierarchy;
  stated: ReadonlySet<string>;
}

export function readHierarchy(file: YamlFile, ownTimeZone: string): WrittenHierarchy {
  const none = { hierarchy: { sites: new Map(), systems: new Map(), addresses: new Map() }, stated: new Set<string>() };
  if (!file.root) {
    file.fault(undefined, "this file states no hierarchy: write sites: and systems: (see docs/site-data.md)");
    return none;
  }
  const top = file.record(file.root, "the hierarchy", ["sites", "systems", "addresses"]);
  if (!top.sites) file.fault(file.root, "sites: is missing: name one site at least");
  const written = new Map((top.sites ? file.fields(top.sites.value, "sites") : []).map((field) => [field.key, readSite(file, field)]));
  checkParents(file, written);
  const zoneOf = timeZones(written, ownTimeZone);
  const systems = readSystems(file, top.systems, written, zoneOf);
  const sites = new Map([...written].map(([code, site]) => [code, finishSite(file, { code, site, timeZone: zoneOf(code) }, systems)]));
  const addresses = readAddresses(file, top.addresses, written, zoneOf);
  return {
    hierarchy: { sites, systems, addresses },
    stated: new Set([...written].filter(([, site]) => site.logonSenior !== undefined).map(([code]) => code)),
  };
}

function readSite(file: YamlFile, field: Field): WrittenSite {
  const code = field.key;
  if (!isSiteCode(code)) file.fault(field.keyNode, `"${code}" is not a site code: write three capital letters or digits`);
  const fields = file.record(field.value, `the site ${code}`, SITE_KEYS);
  const type = file.word(fields.type, ["primary", "secondary"]);
  if (!fields.type) file.fault(field.keyNode, `the site ${code} has no type: write type: primary or type: secondary`);
  if (!fields.server) file.fault(field.keyNode, `the site ${code} has no server: write server: and the name of its site server`);
  if (type === "secondary" && !fields.parent)
    file.fault(field.keyNode, `the secondary site ${code} has no parent: write parent: and a site code`);
  return {
    field,
    fields,
    type: type ?? "primary",
    parent: file.text(fields.parent),
    timeZone: readTimeZone(file, fields.timeZone),
    logonSenior: file.flag(fields.logonSenior),
    clients: file.integer(fields.clients, 0, MOST_CLIENTS),
  };
}

function checkParents(file: YamlFile, sites: ReadonlyMap<string, WrittenSite>): void {
  for (const [code, { fields, parent }] of sites) {
    if (parent !== undefined && !sites.has(parent))
      file.fault(fields.parent?.value, `the parent "${parent}" of ${code} is not a site of this file${file.hint(parent, sites.keys())}`);
  }
  for (const circle of findCircles(new Map([...sites].map(([code, site]) => [code, site.parent])))) {
    file.fault(
      sites.get(circle[0] ?? "")?.fields.parent?.value,
      `the parents form a cycle: ${[...circle, circle[0]].join(" -> ")}; one of them must have none`,
    );
  }
}

/** The time zone of each site: its own, else that of the nearest site above it that states one. */
function timeZones(sites: ReadonlyMap<string, WrittenSite>, ownTimeZone: string): (code: string) => string {
  const zones = new Map<string, string>();
  return (code) => {
    const below = new Set<string>();
    let at: string | undefined = code;
    let zone: string | undefined;
    while (at !== undefined && zone === undefined && !below.has(at)) {
      below.add(at);
      zone = zones.get(at) ?? sites.get(at)?.timeZone;
      at = sites.get(at)?.parent;
    }
    for (const site of below) zones.set(site, zone ?? ownTimeZone);
    return zone ?? ownTimeZone;
  };
}

function readSystems(
  file: YamlFile,
  field: Field | undefined,
  sites: ReadonlyMap<string, WrittenSite>,
  zoneOf: (code: string) => string,
): Map<string, System> {
  const systems = new Map<string, System>();
  const folds = new Set<string>();
  const codes = new Set(sites.keys());
  for (const entry of field ? file.fields(field.value, "systems") : []) {
    const name = entry.key;
    if (!isSystemName(name)) file.fault(entry.keyNode, `"${name}" is not a system name: write letters, digits, - and _, 63 at most`);
    if (folds.has(foldName(name)))
      file.fault(entry.keyNode, `the system "${name}" differs from another by case only: they are one name on a network`);
    if (sites.has(name)) file.fault(entry.keyNode, `the system "${name}" has the name of a site: addresses could not distinguish them`);
    folds.add(foldName(name));
    const fields = file.record(entry.value, `the system ${name}`, SYSTEM_KEYS);
    const site = file.text(fields.site);
    if (!fields.site) file.fault(entry.keyNode, `the system ${name} has no site: write site: and a site code`);
    if (site !== undefined && !sites.has(site))
      file.fault(fields.site?.value, `the site "${site}" of ${name} is not a site of this file${file.hint(site, sites.keys())}`);
    const zone = { timeZone: zoneOf(site ?? ""), sites: codes };
    systems.set(name, {
      name,
      site: site ?? "",
      roles: readRoles(file, name, entry, fields.roles),
      ...(fields.address ? { address: readAddress(file, fields.address.value, name, zone) } : {}),
      ...(file.flag(fields.peers) === false ? { peers: false as const } : {}),
      ...readPeerAddress(file, fields.peerAddress),
    });
  }
  return systems;
}

function readPeerAddress(file: YamlFile, field: Field | undefined): Pick<System, "peerAddress"> {
  const peerAddress = file.text(field);
  if (peerAddress === undefined) return {};
  if (!isPeerEndpoint({ host: peerAddress, port: 1 }))
    file.fault(field?.value, `"${peerAddress}" is not an IP address, which peerAddress has to be`);
  return { peerAddress };
}

function readRoles(file: YamlFile, name: string, entry: Field, field: Field | undefined): Role[] {
  if (!field) file.fault(entry.keyNode, `the system ${name} has no roles: write roles: [${ROLES.join(", ")}] or some of them`);
  const roles = new Set<Role>();
  for (const item of file.list(field, 20) ?? []) {
    const role = ROLES.find((known) => known === item.text);
    if (role) roles.add(role);
    else file.fault(item.node, `the role "${item.text}" of ${name} is not known: write ${ROLES.join(", ")}`);
  }
  return [...roles];
}

function finishSite(
  file: YamlFile,
  { code, site, timeZone }: { code: string; site: WrittenSite; timeZone: string },
  systems: ReadonlyMap<string, System>,
): Site {
  const server = file.text(site.fields.server) ?? "";
  const found = systems.get(server);
  if (server !== "" && !found)
    file.fault(
      site.fields.server?.value,
      `the server "${server}" of ${code} is not a system of this file${file.hint(server, systems.keys())}`,
    );
  if (found && found.site !== code)
    file.fault(
      site.fields.server?.value,
      `the server "${server}" of ${code} belongs to the site "${found.site}": write site: ${code} there, or name another server`,
    );
  return {
    code,
    name: file.text(site.fields.name) ?? code,
    type: site.type,
    ...(site.parent === undefined ? {} : { parent: site.parent }),
    server,
    timeZone,
    logonSenior: site.logonSenior ?? true,
    ...(site.clients === undefined ? {} : { clients: site.clients }),
  };
}

function readAddresses(
  file: YamlFile,
  field: Field | undefined,
  sites: ReadonlyMap<string, WrittenSite>,
  zoneOf: (code: string) => string,
): Map<string, Address> {
  const addresses = new Map<string, Address>();
  const known = new Set(sites.keys());
  const places = new Map<string, Field>();
  for (const entry of field ? file.fields(field.value, "addresses") : []) {
    if (!known.has(entry.key)) {
      file.fault(
        entry.keyNode,
        `the address "${entry.key}" names no site of this file${file.hint(entry.key, known)}; a system's own address goes into its entry under systems:`,
      );
    }
    // The hours of an address are those of the sending site: the parent.
    const sender = sites.get(entry.key)?.parent ?? entry.key;
    addresses.set(entry.key, readAddress(file, entry.value, entry.key, { timeZone: zoneOf(sender), sites: known }));
    places.set(entry.key, entry);
  }
  for (const circle of findCircles(new Map([...addresses].map(([key, address]) => [key, address.via])))) {
    file.fault(
      places.get(circle[0] ?? "")?.keyNode,
      `via forms a cycle: ${[...circle, circle[0]].join(" -> ")}; one of them must have no via`,
    );
  }
  return addresses;
}
