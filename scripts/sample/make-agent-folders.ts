import { readdir, readFile, readlink, stat } from "node:fs/promises";
import { join } from "node:path";
import { makeRandom, type Random } from "./random.ts";
import { addFile, freshFolder, writeTree, type Tree } from "./tree.ts";

/** What a system still has of a unit. `older`: much was changed since; `damaged`: with some damage. */
type State = "right" | "older" | "damaged" | "missing";

const SYSTEMS: Record<string, { site: string; packages: Record<string, State>; cap?: State; logon?: State }> = {
  SRVABC: {
    site: "ABC",
    packages: { ABC00001: "older", ABC00002: "missing", ABC00003: "older", ABC00004: "damaged", ABC00005: "right", ABC00006: "missing" },
    cap: "missing",
    logon: "damaged",
  },
  DPABC: {
    site: "ABC",
    packages: { ABC00001: "older", ABC00002: "older", ABC00003: "missing", ABC00004: "missing", ABC00005: "damaged", ABC00006: "right" },
  },
  SRVSEC: {
    site: "SEC",
    packages: { ABC00001: "older", ABC00002: "damaged", ABC00003: "older", ABC00004: "older", ABC00006: "missing" },
    cap: "damaged",
    logon: "older",
  },
  SRVPOR: { site: "POR", packages: { ABC00002: "older", ABC00003: "damaged", ABC00005: "older", ABC00006: "right" }, cap: "older" },
  DPPOR: { site: "POR", packages: { ABC00003: "older", ABC00004: "damaged", ABC00005: "missing", ABC00006: "damaged" } },
};

/** Inboxes of a CAP by their source on the site server. */
const INBOXES: Record<string, string> = {
  "clifiles.box": "clifiles.src",
  "clicomp.box": "clicomp.src",
  "pkginfo.box": "pkginfo.box",
  "offerinf.box": "offerinf.box",
  "clidata.box": "clidata.src",
};

/**
 * Creates what the site systems hold before they are rebuilt: `<folder>/<SYSTEM>/{cap,logon-point,dp}` with old and damaged content of
 * `siteData`, and what clients and other sites keep there.
 */
export async function makeAgentFolders(folder: string, options: { seed: number; siteData: string }): Promise<void> {
  const { seed, siteData } = options;
  freshFolder(folder);
  for (const [system, { site, packages, cap, logon }] of Object.entries(SYSTEMS)) {
    const random = makeRandom(seed, `agent ${system}`);
    const tree: Tree = new Map();
    for (const [id, state] of Object.entries(packages))
      await addWorn(tree, random, { state, source: join(siteData, "packages", id, "source"), target: `dp/${id}` });
    addFile(tree, "dp/ABC0000F/setup.exe", random.bytes(40_000));
    addFile(tree, "dp/local-notes/readme.txt", "Kept by hand on this server.\r\n");
    if (cap) {
      for (const [box, source] of Object.entries(INBOXES))
        await addWorn(tree, random, { state: cap, source: join(siteData, site, "inboxes", source), target: `cap/CAP_${site}/${box}` });
      addClientFiles(tree, random, `cap/CAP_${site}`);
    }
    if (logon) {
      for (const name of await logonParts(siteData, site))
        await addWorn(tree, random, { state: logon, source: join(siteData, site, "logon", name), target: `logon-point/SMSLOGON/${name}` });
      addOtherSites(tree, random, site);
    }
    writeTree(join(folder, system), tree);
  }
}

async function logonParts(siteData: string, site: string): Promise<string[]> {
  const names = await readdir(join(siteData, site, "logon"));
  return [...names.filter((name) => !["Sites", "Sitescfg", "Config"].includes(name)), `Sites/${site}`].toSorted();
}

/** Adds the remains of a folder of the site data. */
async function addWorn(
  tree: Tree,
  random: Random,
  { state, source, target }: { state: State; source: string; target: string },
): Promise<void> {
  if (state === "missing") return;
  const files = await readTree(source);
  const last = files.size - 1;
  [...files].forEach(([path, entry], i) => {
    const place = `${target}/${path}`;
    if ("target" in entry) {
      if (state !== "older") tree.set(place, entry);
    } else if (state === "right" || (state === "damaged" && i % 7 !== 0)) {
      tree.set(place, entry);
    } else if (state === "damaged") {
      // One flipped byte in one file, another file gone.
      if (i !== last || last === 0) addFile(tree, place, flipped(entry.bytes, random), entry.mode);
    } else if (i % 4 !== 3) {
      addFile(tree, place, i % 4 === 2 ? entry.bytes : earlier(entry.bytes, random), i % 4 === 0 ? 0o600 : entry.mode);
    }
  });
  if (state === "right") return;
  addFile(tree, `${target}/left-over.tmp`, random.bytes(3000));
  tree.set(`${target}/left-over.lnk`, { target: "gone/for/good" });
}

/** The previous version: a third had other bytes, and there was some more at the front, so that everything is at another offset. */
function earlier(bytes: Uint8Array, random: Random): Buffer {
  const kept = bytes.subarray(Math.floor(bytes.length / 3));
  return Buffer.concat([random.bytes(bytes.length - kept.length + 100), kept]);
}

function flipped(bytes: Uint8Array, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  const at = random.integer(copy.length);
  if (copy.length > 0) copy[at] = (copy[at] ?? 0) ^ 0x40;
  return copy;
}

/** What clients store on their access point, and forgotten files: no rebuild may touch it. */
function addClientFiles(tree: Tree, random: Random, cap: string): void {
  for (let i = 0; i < 12; i++) {
    addFile(tree, `${cap}/ccr.box/ws${i}.ccr`, random.text(300));
    addFile(tree, `${cap}/ddr.box/ws${i}.ddr`, random.bytes(900));
    addFile(tree, `${cap}/inventry.box/ws${i}.nhm`, random.text(4000));
    addFile(tree, `${cap}/sinv.box/ws${i}.sic`, random.bytes(2500));
    addFile(tree, `${cap}/statmsgs.box/ws${i}.svf`, random.bytes(200));
  }
  addFile(tree, `${cap}/custom.box/tool.ini`, "[Tool]\r\nKept=yes\r\n");
}

function addOtherSites(tree: Tree, random: Random, site: string): void {
  const base = "logon-point/SMSLOGON";
  for (const other of ["ABC", "XYZ"].filter((code) => code !== site)) {
    addFile(tree, `${base}/Sites/${other}/caplist.ini`, `[CAPs]\r\n1=\\\\SRV${other}\\CAP_${other}\r\n`);
    addFile(tree, `${base}/Sites/${other}/NETCONF.NCF`, random.bytes(2000));
    addFile(tree, `${base}/Sitescfg/${other}_cfg.lcf`, `[Site]\r\nCode=${other}\r\n`);
  }
  addFile(tree, `${base}/Sitescfg/${site}_cfg.lcf`, `[Site]\r\nCode=${site}\r\nServer=OLDSERVER\r\n`);
  addFile(tree, `${base}/Config/Copylog.tcf`, "[FILE SOURCE]\r\nnt_logon.cfg=XYZ\r\n");
  if (site !== "ABC") addFile(tree, `${base}/i386/smsls.bat`, "rem Kept by the senior site, ABC.\r\n");
  addFile(tree, `${base}/Logs/logon.log`, random.text(6000));
  addFile(tree, `${base}/Ddr.box/ws1.ddr`, random.bytes(700));
}

/** Files and links below a folder, sorted: the order decides what is damaged, and readdir guarantees none. */
async function readTree(folder: string, tree: Tree = new Map(), below = ""): Promise<Tree> {
  // Not readdir's own recursion, which follows links to folders.
  const entries = await readdir(join(folder, below), { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = `${below}${entry.name}`;
    const path = join(folder, name);
    if (entry.isDirectory()) await readTree(folder, tree, `${name}/`);
    else if (entry.isSymbolicLink()) tree.set(name, { target: await readlink(path) });
    else tree.set(name, { bytes: await readFile(path), mode: (await stat(path)).mode & 0o777 });
  }
  return tree;
}
