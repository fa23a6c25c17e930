import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { waitFor } from "../../scripts/support/programs.ts";
import type { Context } from "../case.ts";
import { NEAR_DEVICE, openLossyLink } from "../link/lossy-link.ts";
import { joinAgent } from "../ours/agent.ts";
import { checkDone } from "../ours/bed.ts";
import { startCoordinator } from "../ours/coordinator.ts";
import { commandOrders } from "../ours/orders.ts";
import { NOBODY, TARGET } from "../ours/site.ts";
import { checkSame } from "../peers/rsync.ts";

export interface Crossed {
  seconds: number;
  /** Towards the system. */
  bytes: number;
}

export interface LossyRebuild {
  siteData: string;
  /** Storage of the two programs. */
  folder: string;
  package: string;
  /** bit/s, and ms one way. */
  rate: number;
  delay: number;
  /** Share of packets that are lost. */
  loss: number;
}

/** Rebuilds the target over a line of packets. Bytes are those of IP packets, including lost ones. */
export async function rebuildOverLoss(context: Context, options: LossyRebuild): Promise<Crossed> {
  await using cleanup = new AsyncDisposableStack();
  const { siteData, folder } = options;
  const { near, far } = await openLossyLink({ ...context, cleanup }, options);
  const dataDir = join(folder, "coordinator");
  const coordinator = cleanup.use(await startCoordinator({ siteData, dataDir, listen: `${near.address}:7400`, within: near.within }));
  const orders = commandOrders(dataDir, near.within);
  await orders.run("plan", { systems: [NOBODY] }); // for the index
  const token = await coordinator.joinToken(TARGET);
  const agent = cleanup.use(
    await joinAgent({ folder: join(folder, "agent"), role: "dp", url: coordinator.url, token, within: far.within }),
  );
  await waitFor("the agent to connect", () => orders.isConnected(TARGET));
  const before = sentBytes(near.within);
  const ended = await orders.run("rebuild", { systems: [TARGET] });
  checkDone(ended, join(folder, "agent", "agent.log"));
  const bytes = sentBytes(near.within) - before;
  await checkSame(join(siteData, "packages", options.package, "source"), join(agent.root, options.package));
  return { seconds: ended.seconds, bytes };
}

function sentBytes(within: readonly string[]): number {
  const [command, ...args] = [...within, "cat", `/sys/class/net/${NEAR_DEVICE}/statistics/tx_bytes`];
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`what crossed the line cannot be read: ${stderr}`);
  return Number(stdout);
}
