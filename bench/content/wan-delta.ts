import { join } from "node:path";
import type { Case } from "../case.ts";
import { changeWanTree } from "../data/wan-tree.ts";
import { alternate, compare, median, ratioAtMost } from "../measure.ts";
import type { Measured } from "../ours/bed.ts";
import { indexFact, usageFacts } from "../ours/facts.ts";
import { checkSame, rsync } from "../peers/rsync.ts";
import { describeSent, makeSlowLine, PACKAGE, type Sent } from "./slow-line.ts";

export const wanDelta: Case = {
  name: "wan-delta",
  about:
    "the tree of wan-full held by both, then 1,000 bytes inserted in the middle of each 10 MB image and 5 % of the files of 100 to 300 KB replaced",
  goal: "time <= 1.0 and bytes <= 1.0 of rsync -az --delete",
  async run(context) {
    const { folder, source, tree, line, bed, rsyncUrl, fact, slow, fast } = await makeSlowLine(context);
    const target = join(folder, "rsync-target");
    const agent = await bed.freshAgent();
    await bed.order("rebuild");
    await rsync(["-a"], rsyncUrl, target);
    const orders: Measured[] = [];
    const indexings: number[] = [];
    let version = 0;

    /** The first side of a round meets the next version, the second one the same. */
    async function prepare(round: number): Promise<void> {
      if (round < version) return;
      version += 1;
      changeWanTree(source, tree, version);
      indexings.push(await bed.index());
    }
    async function over(round: number, work: () => Promise<number>): Promise<Sent> {
      await prepare(round);
      await slow();
      const { result, bytes } = await line.during(work);
      await fast();
      return { seconds: result, bytes };
    }

    const { ours, peer } = await alternate<"ours" | "peer", Sent>(
      context,
      {
        async ours(round) {
          const result = await over(round, async () => {
            const order = await bed.order("rebuild");
            orders.push(order);
            return order.seconds;
          });
          await checkSame(source, join(agent.root, PACKAGE));
          return result;
        },
        peer: (round) => over(round, () => rsync(["-az", "--delete"], rsyncUrl, target)),
      },
      describeSent,
    );
    const values = (side: readonly Sent[], what: keyof Sent) => side.map((one) => one[what]);
    return {
      measures: [
        compare({ what: "time", unit: "s" }, values(ours, "seconds"), values(peer, "seconds"), ratioAtMost(1)),
        compare({ what: "bytes", unit: "bytes" }, values(ours, "bytes"), values(peer, "bytes"), ratioAtMost(1)),
      ],
      facts: [fact, indexFact(median(indexings), tree), ...usageFacts(orders, tree.bytes)],
    };
  },
};
