import { inboxes, logon } from "./site-trees.ts";
import { samplePackages } from "./packages.ts";
import { addFile, addTree, freshFolder, writeTree, type Tree } from "./tree.ts";

export { makeAgentFolders } from "./make-agent-folders.ts";

const HIERARCHY = `# A primary site and two secondary sites behind slow lines.
sites:
  ABC: { name: Central, type: primary, server: SRVABC, timeZone: America/Chicago }
  SEC: { name: Seattle, type: secondary, parent: ABC, server: SRVSEC, timeZone: America/Los_Angeles }
  POR: { name: Portland, type: secondary, parent: ABC, server: SRVPOR, timeZone: America/Los_Angeles }

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
  for (const { id, name, sourceVersion, priority, distributionPoints, tree: source } of packages) {
    addFile(
      tree,
      `packages/${id}/package.yaml`,
      `name: ${name}\nsourceVersion: ${sourceVersion}\npriority: ${priority}\ndistributionPoints: [${distributionPoints.join(", ")}]\n`,
    );
    addTree(tree, `packages/${id}/source`, source);
  }
  return tree;
}
