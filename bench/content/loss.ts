import { join } from "node:path";
import { waitFor } from "../../scripts/support/programs.ts";
import type { Case } from "../case.ts";
import { writeNoiseFile } from "../data/trees.ts";
import { openLossyLink } from "../link/lossy-link.ts";
import { alternate, compare, ratioAtLeast } from "../measure.ts";
import { joinAgent, type Agent } from "../ours/agent.ts";
import { checkDone } from "../ours/bed.ts";
import { startCoordinator } from "../ours/coordinator.ts";
import { commandOrders } from "../ours/orders.ts";
import { addPackage, NOBODY, TARGET, writeSite } from "../ours/site.ts";
import { checkSame, rsync, startRsyncDaemon } from "../peers/rsync.ts";
import { removeScratch } from "../scratch.ts";

const PACKAGE = "ABC00001";
const RATE = 20_000_000;
const DELAY = 40;
const LOSS = 0.01;
const FILES = 8;
const FILE_BYTES = 1_000_000;

export const loss: Case = {
  name: "loss",
  about: "8 MB in 8 files that do not compress, over 20 Mbit/s, 80 ms round trip, 1 % of the packets lost, congestion control cubic",
  goal: "speed >= 3 times that of rsync -a",
  async run(context) {
    const { near, far } = await openLossyLink(context, { rate: RATE, delay: DELAY, loss: LOSS });
    const folder = context.folder("memory");
    const siteData = join(folder, "site-data");
    writeSite(siteData, { role: "dp", bandwidth: "20 Mbit/s" });
    const source = addPackage(siteData, PACKAGE);
    const size = Math.floor(FILE_BYTES / context.scale);
    for (let i = 0; i < FILES; i++) writeNoiseFile(join(source, `part${i}.cab`), size, `loss ${i}`);
    const dataDir = join(folder, "ours/coordinator");
    const coordinator = context.cleanup.use(
      await startCoordinator({ siteData, dataDir, listen: `${near.address}:7400`, within: near.within }),
    );
    const orders = commandOrders(dataDir, near.within);
    await orders.run("plan", { systems: [NOBODY] }); // for the index
    const { port } = await startRsyncDaemon(context, {
      folder: join(folder, "rsyncd"),
      modules: { source },
      address: near.address,
      within: near.within,
    });
    const target = join(folder, "rsync-target");
    let agent: Agent | undefined;
    context.cleanup.defer(() => agent?.[Symbol.asyncDispose]());
    const speed = (seconds: number) => (FILES * size * 8) / 1e6 / seconds;

    const { ours, peer } = await alternate<"ours" | "peer", number>(
      context,
      {
        async ours() {
          await agent?.[Symbol.asyncDispose]();
          const token = await coordinator.joinToken(TARGET);
          agent = await joinAgent({ folder: join(folder, "ours/agent"), role: "dp", url: coordinator.url, token, within: far.within });
          await waitFor("the agent to connect", () => orders.isConnected(TARGET));
          const ended = await orders.run("rebuild", { systems: [TARGET] });
          checkDone(ended, join(folder, "ours/agent/agent.log"));
          await checkSame(source, join(agent.root, PACKAGE));
          return speed(ended.seconds);
        },
        async peer() {
          removeScratch(target);
          return speed(await rsync(["-a"], `rsync://${near.address}:${port}/source`, target, far.within));
        },
      },
      (value) => `${value.toFixed(2)} Mbit/s`,
    );
    return {
      measures: [compare({ what: "speed", unit: "Mbit/s" }, ours, peer, ratioAtLeast(3))],
      facts: [
        `the line: packets between two network namespaces through TUN devices of the bench, each way ${RATE / 1e6} Mbit/s, ${DELAY} ms, ${LOSS * 100} % lost`,
        "ours with TLS, since this is not loopback; rsync without",
      ],
    };
  },
};
