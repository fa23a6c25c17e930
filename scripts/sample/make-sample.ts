import { inboxes, logon } from "./site-trees.ts";
import { samplePackages, type SamplePackage } from "./packages.ts";
import { addFile, addTree, freshFolder, writeTree, type Tree } from "./tree.ts";

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

/** Makes the site data of a small hierarchy in `folder`, which must be empty or hold an earlier sample. One seed, one result. */
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
