import { join } from "node:path";
import type { AddressStatus } from "../../packages/coordinator/src/app/addresses/address-status.ts";
import { waitFor } from "../../scripts/support/programs.ts";
import type { Context } from "../case.ts";
import { writeNoiseFile } from "../data/trees.ts";
import { finish, type Within } from "../machine/processes.ts";
import { joinAgent, type Agent } from "../ours/agent.ts";
import { checkDone } from "../ours/bed.ts";
import { startCoordinator, type Coordinator } from "../ours/coordinator.ts";
import { commandOrders, type Ended } from "../ours/orders.ts";
import { programFile } from "../ours/programs.ts";
import { addPackage, writeHierarchy } from "../ours/site.ts";

/** Incompressible bytes, for some of the systems of the branch. */
interface BranchPackage {
  id: string;
  bytes: number;
  systems: readonly string[];
}

export interface BranchOptions {
  systems: readonly string[];
  packages: readonly BranchPackage[];
  /** Such as `2 Mbit/s`. */
  bandwidth: string;
  listen?: string;
  near?: Within;
  far?: Within;
  agentUrl: (coordinatorUrl: string, system: string) => Promise<string>;
}

/** A coordinator and the systems of one site, behind one address: SEC. Each fetches everything itself, so that the line has work. */
export interface Branch {
  coordinator: Coordinator;
  agents: Agent[];
  /** The address as an operator sees it. */
  address(): Promise<AddressStatus>;
  setBandwidth(bandwidth: string): Promise<void>;
  /** To its successful end. */
  rebuild(packages: readonly string[]): Promise<Ended>;
}

/** Everything is indexed and every agent connected. */
export async function startBranch(context: Context, options: BranchOptions): Promise<Branch> {
  const { systems, listen, near = [], far = [] } = options;
  const folder = context.folder("memory");
  const siteData = join(folder, "site-data");
  writeBranch(siteData, options);
  const dataDir = join(folder, "coordinator");
  const coordinator = context.cleanup.use(await startCoordinator({ siteData, dataDir, within: near, ...(listen ? { listen } : {}) }));
  const orders = commandOrders(dataDir, near);
  const agents = [];
  for (const system of systems) {
    const token = await coordinator.joinToken(system);
    const url = await options.agentUrl(coordinator.url, system);
    agents.push(context.cleanup.use(await joinAgent({ folder: join(folder, system), role: "dp", system, url, token, within: far })));
    await waitFor(`${system} to connect`, () => orders.isConnected(system));
  }
  const ask = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await finish(process.execPath, [programFile("sitewright"), ...args, "--data-dir", dataDir], {
      within: near,
    });
    if (code !== 0) throw new Error(`sitewright ${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  await ask("plan");
  return {
    coordinator,
    agents,
    address: async () => JSON.parse(await ask("address", "show", "SEC", "--json")) as AddressStatus,
    async setBandwidth(bandwidth) {
      await ask("address", "set", "SEC", "--bandwidth", bandwidth);
    },
    async rebuild(packages) {
      const ended = await orders.run("rebuild", { packages: [...packages] });
      checkDone(ended, join(folder, systems[0] ?? "", "agent.log"));
      return ended;
    },
  };
}

function writeBranch(folder: string, { systems, packages, bandwidth }: BranchOptions): void {
  writeHierarchy(
    folder,
    systems.map((name) => `${name}: { site: SEC, roles: [dp], peers: false }`),
    [`SEC: { bandwidth: ${bandwidth}, concurrency: ${systems.length + 1} }`],
  );
  for (const { id, bytes, systems: targets } of packages)
    writeNoiseFile(join(addPackage(folder, id, targets), "content.cab"), Math.floor(bytes), id);
}
