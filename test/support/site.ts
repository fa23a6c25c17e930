import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeTree, type Leaf } from "./trees/trees.ts";

export interface SiteOptions {
  /** System name to roles; all at the primary site ABC unless `site` names a secondary site of it. */
  systems: Record<string, { site?: string; roles: string[] }>;
  /** Package id to files of its source; a `version` key states the source version. */
  packages?: Record<string, { files: Record<string, Leaf>; on?: string[]; version?: number; priority?: string }>;
  /** Bandwidth of the address of each secondary site, such as `2 Mbit/s`. */
  bandwidth?: string;
}

/** Writes site data with primary site ABC and its secondary sites, CAP inboxes with one coherent offer, and a logon tree. */
export function writeSite(folder: string, options: SiteOptions): void {
  mkdirSync(folder, { recursive: true });
  // The primary site's server need not be a site system, but must be named.
  const systems = Object.entries(options.systems).map(([name, { site = "ABC", roles }]) => ({ name, site, roles }));
  const serverOf = (site: string) => systems.find((system) => system.site === site)?.name;
  const lines = ["sites:", `  ABC: { name: Central, type: primary, server: ${serverOf("ABC") ?? "SITESRV"}, timeZone: America/Chicago }`];
  const secondaries = [...new Set(systems.map(({ site }) => site))].filter((site) => site !== "ABC");
  lines.push(...secondaries.map((site) => `  ${site}: { name: Seattle, type: secondary, parent: ABC, server: ${serverOf(site)} }`));
  lines.push("systems:", ...systems.map(({ name, site, roles }) => `  ${name}: { site: ${site}, roles: [${roles.join(", ")}] }`));
  if (!serverOf("ABC")) lines.push("  SITESRV: { site: ABC, roles: [] }");
  if (options.bandwidth) lines.push("addresses:", ...secondaries.map((site) => `  ${site}: { bandwidth: ${options.bandwidth} }`));
  writeFileSync(join(folder, "hierarchy.yaml"), `${lines.join("\n")}\n`);
  const everyDp = Object.entries(options.systems).flatMap(([name, { roles }]) => (roles.includes("dp") ? [name] : []));
  for (const [id, pack] of Object.entries(options.packages ?? {})) writePackage(folder, id, { on: everyDp, ...pack });
  writeInboxes(folder, "A");
  writeTree(join(folder, "ABC/logon"), {
    "Sites/ABC/caplist.ini": "[CAPs]\nABC=SRVABC\n",
    "Sites/ABC/NETCONF.NCF": "site ABC\n",
    "i386/smsls.exe": "logon program\n",
    "Sitescfg/ABC_cfg.lcf": "ABC configuration\n",
  });
}

export function writePackage(
  folder: string,
  id: string,
  pack: { files: Record<string, Leaf>; on: string[]; version?: number; priority?: string },
): void {
  const place = join(folder, "packages", id);
  writeTree(join(place, "source"), pack.files);
  const lines = [
    `name: Package ${id}`,
    ...(pack.version === undefined ? [] : [`sourceVersion: ${pack.version}`]),
    `priority: ${pack.priority ?? "medium"}`,
    `distributionPoints: [${pack.on.join(", ")}]`,
  ];
  writeFileSync(join(place, "package.yaml"), `${lines.join("\n")}\n`);
}

/** CAP inboxes whose every file contains `mark`: one client, one instruction file, one offer, one package. */
function writeInboxes(folder: string, mark: string): void {
  writeTree(join(folder, "ABC/inboxes"), {
    "offerinf.box/ABCSystm.lkp": `; ${mark}\nPC00001=ABC00001.ins\n`,
    "offerinf.box/ABC00001.ins": `; ${mark}\nOffer=ABC00001.ofr\n`,
    "offerinf.box/ABC00001.ofr": `; ${mark}\nPackage=ABC00001\n`,
    "pkginfo.box/ABC00001.pkg": `; ${mark}\nName=Office\n`,
    "pkginfo.box/ABC00001.nal": `; ${mark}\nServer=SRVABC\n`,
    "clicomp.src/Compver.ini": `; ${mark}\nVersion=1\n`,
    "clidata.src/caplist.ini": `; ${mark}\nABC=SRVABC\n`,
    "clifiles.src/smsman.exe": `${mark} client files\n`,
  });
}

/** Owned folders of CAP_ABC and the inboxes they are made from. */
export const CAP_SOURCES: Record<string, string> = {
  "clifiles.box": "clifiles.src",
  "clicomp.box": "clicomp.src",
  "pkginfo.box": "pkginfo.box",
  "offerinf.box": "offerinf.box",
  "clidata.box": "clidata.src",
};
