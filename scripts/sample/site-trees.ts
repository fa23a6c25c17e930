import type { SamplePackage } from "./packages.ts";
import { makeRandom } from "./random.ts";
import { addFile, type Tree } from "./tree.ts";

const KB = 1024;
const CLIENTS = ["WS0001", "WS0002", "WS0003", "WS0004", "WS0005", "WS0006"];

/** The inboxes of one site, as `<SITE>/inboxes` holds them: every chain from .lkp to .pkg and .nal is whole. */
export function inboxes(seed: number, site: string, packages: readonly SamplePackage[]): Tree {
  const tree: Tree = new Map();
  const random = makeRandom(seed, `inboxes ${site}`);
  const offers = packages.map((source, i) => {
    const offer = `${site}2000${i}.ofr`;
    addFile(tree, `offerinf.box/${offer}`, ini("Advertisement", { Name: `Install ${source.name}`, Package: source.id, Program: "Setup" }));
    addFile(
      tree,
      `pkginfo.box/${source.id}.pkg`,
      ini("Package", { Name: source.name, Version: String(source.sourceVersion), Program: "setup" }),
    );
    addFile(
      tree,
      `pkginfo.box/${source.id}.nal`,
      source.distributionPoints
        .map((system) => `["Display=\\\\${system}\\"]MSWNET:["SMS_SITE=${site}"]\\\\${system}\\SMSPKG$\\${source.id}\\\r\n`)
        .join(""),
    );
    addFile(tree, `pkginfo.box/${source.id}.ico`, random.bytes(766));
    return offer;
  });
  const lookup: string[] = [];
  for (const client of CLIENTS) {
    const chosen = [...new Set([random.pick(offers), random.pick(offers)])];
    addFile(tree, `offerinf.box/${client}.ins`, `[Offers]\r\n${chosen.map((offer) => `Offer=${offer}\r\n`).join("")}`);
    lookup.push(`${site}:${client}=${client}.ins\r\n`);
  }
  addFile(tree, `offerinf.box/${site}Systm.lkp`, `[Systems]\r\n${lookup.join("")}`);
  addFile(tree, `offerinf.box/${site}User.lkp`, "[Users]\r\n");
  addFile(tree, `offerinf.box/${site}Usrgp.lkp`, "[User groups]\r\n");
  clientFiles(tree, seed, site);
  return tree;
}

function clientFiles(tree: Tree, seed: number, site: string): void {
  // The client's own programs are the same at every site.
  const common = makeRandom(seed, "client");
  addFile(tree, "clifiles.src/ccmcore.dll", common.bytes(180 * KB));
  addFile(tree, "clifiles.src/smsboot1.exe", common.bytes(60 * KB), 0o755);
  addFile(tree, "clifiles.src/messages.txt", common.text(90 * KB));
  for (const component of ["hinv", "sinv", "swdist"]) {
    addFile(tree, `clicomp.src/${component}/Compver.ini`, ini("Version", { Component: component, Build: "2.00.1493.4000" }));
    addFile(tree, `clicomp.src/${component}/${component}.exe`, common.bytes(70 * KB), 0o755);
  }
  addFile(tree, "clidata.src/caplist.ini", ini("CAPs", { 1: `\\\\SRV${site}\\CAP_${site}` }));
  addFile(tree, "clidata.src/client.lkp", ini("Client", { Site: site }));
  addFile(tree, "clidata.src/hinv.cfg", makeRandom(seed, `clidata ${site}`).text(6 * KB));
}

/** The logon folder of one site; only a senior site keeps the common folders. */
export function logon(seed: number, site: string, senior: boolean): Tree {
  const tree: Tree = new Map();
  if (senior) {
    const random = makeRandom(seed, "logon");
    for (const platform of ["Alpha", "Alpha.bin", "i386", "x86.bin"]) {
      addFile(tree, `${platform}/smsls.bat`, random.text(4 * KB), 0o755);
      addFile(tree, `${platform}/boot.bin`, random.bytes(120 * KB));
    }
    addFile(tree, "Config/nt_logon.cfg", random.text(3 * KB));
    addFile(tree, "Config/Senior.lst", `${site}\r\n`);
    // Every site writes its own line into this one, so it belongs to none: what lies here stays here.
    addFile(tree, "Config/Copylog.tcf", `[FILE SOURCE]\r\nnt_logon.cfg=${site}\r\n`);
  }
  addFile(tree, `Sitescfg/${site}_cfg.lcf`, ini("Site", { Code: site, Server: `SRV${site}` }));
  addFile(tree, `Sites/${site}/caplist.ini`, ini("CAPs", { 1: `\\\\SRV${site}\\CAP_${site}` }));
  addFile(tree, `Sites/${site}/Cli_inst.cfg`, makeRandom(seed, `sites ${site}`).text(5 * KB));
  addFile(tree, `Sites/${site}/NETCONF.NCF`, makeRandom(seed, `netconf ${site}`).bytes(2 * KB));
  return tree;
}

export function ini(section: string, values: Record<string, string>): string {
  return `[${section}]\r\n${Object.entries(values)
    .map(([key, value]) => `${key}=${value}\r\n`)
    .join("")}`;
}
