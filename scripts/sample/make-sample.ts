import { samplePackages, type SamplePackage } from "./packages.ts";
import { addFile, addTree, freshFolder, writeTree, type Tree } from "./tree.ts";
import { makeRandom } from "./random.ts";

const KB = 1024;
const CLIENTS = ["WS0001", "WS0002", "WS0003", "WS0004", "WS0005", "WS0006"];

/** The inboxes of one site, as `<SITE>/inboxes` holds them: every chain from .lkp to .pkg and .nal is complete. */
function inboxes(seed: number, site: string, packages: readonly SamplePackage[]): Tree {
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
function logon(seed: number, site: string, senior: boolean): Tree {
  const tree: Tree = new Map();
  if (senior) {
    const random = makeRandom(seed, "logon");
    for (const platform of ["Alpha", "Alpha.bin", "i386", "x86.bin"]) {
      addFile(tree, `${platform}/smsls.bat`, random.text(4 * KB), 0o755);
      addFile(tree, `${platform}/boot.bin`, random.bytes(120 * KB));
    }
    addFile(tree, "Config/nt_logon.cfg", random.text(3 * KB));
    addFile(tree, "Config/Senior.lst", `${site}\r\n`);
    // Every site writes its own line into this one, so it belongs to none and is never replaced.
    addFile(tree, "Config/Copylog.tcf", `[FILE SOURCE]\r\nnt_logon.cfg=${site}\r\n`);
  }
  addFile(tree, `Sitescfg/${site}_cfg.lcf`, ini("Site", { Code: site, Server: `SRV${site}` }));
  addFile(tree, `Sites/${site}/caplist.ini`, ini("CAPs", { 1: `\\\\SRV${site}\\CAP_${site}` }));
  addFile(tree, `Sites/${site}/Cli_inst.cfg`, makeRandom(seed, `sites ${site}`).text(5 * KB));
  addFile(tree, `Sites/${site}/NETCONF.NCF`, makeRandom(seed, `netconf ${site}`).bytes(2 * KB));
  return tree;
}

function ini(section: string, values: Record<string, string>): string {
  return `[${section}]\r\n${Object.entries(values)
    .map(([key, value]) => `${key}=${value}\r\n`)
    .join("")}`;
}

export { makeAgentFolders } from "./make-agent-folders.ts";

const HIERARCHY = `# A primary site and two secondary sites behind slow lines.
sites:
  ABC: { name: Central, type: primary, server: SRVABC, timeZone: America/Chicago, clients: 300 }
  SEC: { name: Seattle, type: secondary, parent: ABC, server: SRVSEC, timeZone: America/Los_Angeles, clients: 120 }
  POR: { name: Portland, type: secondary, parent: ABC, server: SRVPOR, timeZone: America/Los_Angeles, clients: 40 }

systems:
  SRVABC: { site: ABC, roles: [cap, logon-point, dp] }
  DPABC: { site: ABC, roles: [dp] }
  SRVSEC: { site: SEC, roles: [cap, logon-point, dp] }
  SRVPOR: { site: POR, roles: [cap, dp] }
  DPPOR: { site: POR, roles: [dp] }

addresses:
  SEC:
    bandwidth: 16 Mbit/s
    rateLimit: { "08-18": 80%, "18-08": 100% }      # leaves a part of the line to people by day
    concurrency: 3
    timeZone: America/Los_Angeles
  POR:
    bandwidth: 10 Mbit/s
    rateLimit: { "08-18": 80%, "18-08": 100% }
    schedule: { "Mon-Sun 00-24": all }              # at any hour: all | medium | high | closed
    concurrency: 2
    timeZone: America/Los_Angeles
`;

const IDENTITIES: Record<string, string> = {
  ABC: "7d0c1f6a-53a5-4c1c-9a35-2f1f0a4b6c01",
  SEC: "7d0c1f6a-53a5-4c1c-9a35-2f1f0a4b6c02",
  POR: "7d0c1f6a-53a5-4c1c-9a35-2f1f0a4b6c03",
};

/** Creates the site data of a small hierarchy in `folder`, which must be empty or hold an earlier sample. One seed, one result. */
export async function makeSample(folder: string, options: { seed: number }): Promise<void> {
  freshFolder(folder);
  writeTree(folder, sampleTree(options.seed));
}

function sampleTree(seed: number): Tree {
  const tree: Tree = new Map();
  addFile(tree, "hierarchy.yaml", HIERARCHY);
  const packages = samplePackages(seed);
  for (const [site, identity] of Object.entries(IDENTITIES)) {
    addFile(
      tree,
      `${site}/site.yaml`,
      `identity: ${identity}\nserials: { packages: 6, advertisements: 18 }\n${site === "SEC" ? "logonSenior: false     # ABC keeps the common folders of the logon domain\n" : ""}`,
    );
    addTree(tree, `${site}/inboxes`, inboxes(seed, site, packages));
    if (site !== "POR") addTree(tree, `${site}/logon`, logon(seed, site, site === "ABC"));
  }
  for (const pack of packages) {
    addFile(tree, `packages/${pack.id}/package.yaml`, packageFile(pack));
    addTree(tree, `packages/${pack.id}/source`, pack.tree);
  }
  return tree;
}

function packageFile({ name, sourceVersion, priority, clients, due, distributionPoints }: SamplePackage): string {
  const lines = [
    `name: ${name}`,
    `sourceVersion: ${sourceVersion}`,
    `priority: ${priority}`,
    ...(clients === undefined ? [] : [`clients: ${clients}                # that wait for it, at each distribution point`]),
    ...(due === undefined ? [] : [`due: ${due}      # of its first advertisement, by the clocks of each site`]),
    `distributionPoints: [${distributionPoints.join(", ")}]`,
  ];
  return `${lines.join("\n")}\n`;
}
