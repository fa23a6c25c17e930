import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { noise } from "@sitewright/testkit/noise";
import { writeSite } from "../../support/site.ts";

/** The system's roles, and the site whose address it is behind; ABC is the coordinator's own. */
export const SYSTEMS = {
  SRVABC: { site: "ABC", roles: ["cap", "logon-point", "dp"] },
  DPABC: { site: "ABC", roles: ["dp"] },
  SRVSEC: { site: "SEC", roles: ["cap", "dp"] },
  DPSEC: { site: "SEC", roles: ["dp"] },
  SRVTHI: { site: "THI", roles: ["cap", "dp"] },
  DPTHI: { site: "THI", roles: ["dp"] },
} as const;
export type SystemName = keyof typeof SYSTEMS;
export const systemNames = Object.keys(SYSTEMS) as SystemName[];

/** Systems that are given the address of one coordinator: they learn the other, and fetch content where the one that leads names one. */
export const LEARNING: readonly SystemName[] = ["DPABC", "DPSEC", "DPTHI"];

/** The system whose role root is on a small disk of its own. */
export const SMALL: SystemName = "DPTHI";

/** The secondary sites have one each, named as they are. */
export const ADDRESSES = ["SEC", "THI"] as const;

/** Of the address of each secondary site, bit/s. */
export const BANDWIDTH = 12_000_000;

/** Bytes of the files of each package. All of a changed package is new: what has to cross a line is known. */
export const PACKAGES: Readonly<Record<string, readonly number[]>> = {
  ABC00001: [1_500_000, 700_000, 300_000],
  ABC00002: [60_000, 20_000, 10_000, 5_000],
  ABC00003: [200],
};

/** Every file names its generation at its beginning and has an end that shows that it is complete. */
const enclosed = (generation: number, body: string): string => `; generation ${generation}\n${body}\n; end\n`;

/** What the site server would write: units change here, each to its next generation, and the site data always say which is desired. */
export interface SiteServer {
  /** Number of units that change. */
  units: number;
  change(unit: number): void;
}

type Files = Record<string, string | Buffer>;

export function createSiteServer(siteData: string): SiteServer {
  writeSite(siteData, { systems: mutable(SYSTEMS), bandwidth: `${BANDWIDTH / 1e6} Mbit/s` });
  const incoming = `${siteData}-incoming`;
  mkdirSync(incoming, { recursive: true });
  const ids = Object.keys(PACKAGES);
  const generations = new Map<string, number>();
  let pieces = 0;

  /** Files appear whole, in this order and at once, as files that are closed and renamed do; readers of the site data see nothing half. */
  function put(folder: string, files: Files): void {
    const written = Object.entries(files).map(([path, content]) => {
      const piece = join(incoming, `${++pieces}`);
      writeFileSync(piece, content);
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      return [piece, join(folder, path)] as const;
    });
    for (const [from, to] of written) renameSync(from, to);
  }

  function next(name: string): number {
    const generation = (generations.get(name) ?? 0) + 1;
    generations.set(name, generation);
    return generation;
  }

  function removeOthers(folder: string, pattern: RegExp, kept: string): void {
    for (const name of readdirSync(folder)) if (pattern.test(name) && !name.startsWith(kept)) rmSync(join(folder, name));
  }

  /** What is referred to comes before what refers to it, and the old files go last: each moment is a coherent state. */
  function changeInboxes(): void {
    const generation = next("inboxes");
    const text = (body: string) => enclosed(generation, body);
    const inboxes = join(siteData, "ABC/inboxes");
    put(inboxes, {
      "clicomp.src/Compver.ini": text(`Version=${generation}`),
      "clidata.src/caplist.ini": text("ABC=SRVABC"),
      "clifiles.src/smsman.exe": text("client files"),
      "pkginfo.box/ABC00001.nal": text("Server=SRVABC"),
      "pkginfo.box/ABC00001.pkg": text("Name=Office"),
      [`offerinf.box/G${generation}.ofr`]: text("Package=ABC00001"),
      [`offerinf.box/G${generation}.ins`]: text(`Offer=G${generation}.ofr`),
      "offerinf.box/ABCSystm.lkp": text(`PC00001=G${generation}.ins`),
    });
    removeOthers(join(inboxes, "offerinf.box"), /\.(ins|ofr)$/, `G${generation}.`);
  }

  function changeLogon(): void {
    const generation = next("logon");
    const text = enclosed(generation, "logon");
    const files = ["Sites/ABC/caplist.ini", "Sites/ABC/NETCONF.NCF", "i386/smsls.exe", "Sitescfg/ABC_cfg.lcf"];
    put(join(siteData, "ABC/logon"), Object.fromEntries(files.map((path) => [path, text])));
  }

  /** The version rises when all files are there: what is read before has another content under the old version, and is left out. */
  function changePackage(id: string): void {
    const generation = next(id);
    const parts = (PACKAGES[id] ?? []).map((bytes, number) => {
      const head = `; generation ${generation}\n`;
      const body = noise(bytes, Number(`${ids.indexOf(id) + 1}${number}${generation}`)).toString("latin1");
      return [`data/part${number}.bin`, Buffer.from(`${head}${body}\n; end\n`, "latin1")] as const;
    });
    const folder = join(siteData, "packages", id);
    const list = parts.map(([path, bytes]) => `${path} ${bytes.length}`).join("\n");
    put(folder, {
      ...Object.fromEntries(parts.map(([path, bytes]) => [`source/${path}`, bytes])),
      "source/index.txt": enclosed(generation, list),
      "package.yaml": `name: Package ${id}\nsourceVersion: ${generation}\ndistributionPoints: [${systemNames.join(", ")}]\n`,
    });
  }

  const changes = [changeInboxes, changeLogon, ...ids.map((id) => () => changePackage(id))];
  for (const change of changes) change();
  removeOthers(join(siteData, "ABC/inboxes/offerinf.box"), /\.(ins|ofr)$/, "G1.");
  return { units: changes.length, change: (unit) => changes[unit]?.() };
}

function mutable(systems: typeof SYSTEMS): Record<string, { site: string; roles: string[] }> {
  return Object.fromEntries(Object.entries(systems).map(([name, { site, roles }]) => [name, { site, roles: [...roles] }]));
}
