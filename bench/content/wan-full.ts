import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Case } from "../case.ts";
import { alternate, compare, ratioAtMost } from "../measure.ts";
import type { Measured } from "../ours/bed.ts";
import { indexFact, usageFacts } from "../ours/facts.ts";
import { casyncExtract, startCasyncStore } from "../peers/casync.ts";
import { checkSame, rsync } from "../peers/rsync.ts";
import { removeScratch } from "../scratch.ts";
import { describeSent, makeSlowLine, PACKAGE, type Sent } from "./slow-line.ts";

const GOAL = 0.79;

export const wanFull: Case = {
  name: "wan-full",
  about: "57 MB in 1,262 files, 22 % of them copies, half of the rest text; 20 Mbit/s, 80 ms round trip, empty target",
  goal: `time <= ${GOAL} and bytes <= ${GOAL} of rsync -az --compress-choice=zstd, time <= ${GOAL} of casync extract over HTTP`,
  async run(context) {
    const { folder, source, tree, line, bed, rsyncUrl, fact, slow, fast } = await makeSlowLine(context);
    const indexing = await bed.index();
    const store = await startCasyncStore(context, join(folder, "casync"), source);
    const casyncPort = await line.open(store.port);
    const orders: Measured[] = [];

    async function over(work: () => Promise<number>): Promise<Sent> {
      await slow();
      const { result, bytes } = await line.during(work);
      await fast();
      return { seconds: result, bytes };
    }
    function emptied(name: string): string {
      const target = join(folder, name);
      removeScratch(target);
      mkdirSync(target);
      return target;
    }

    const sent = await alternate<"ours" | "rsync" | "casync", Sent>(
      context,
      {
        async ours() {
          const agent = await bed.freshAgent();
          const result = await over(async () => {
            const order = await bed.order("rebuild");
            orders.push(order);
            return order.seconds;
          });
          await checkSame(source, join(agent.root, PACKAGE));
          return result;
        },
        rsync: () => over(() => rsync(["-az", "--compress-choice=zstd"], rsyncUrl, emptied("rsync-target"))),
        casync: () => over(() => casyncExtract(casyncPort, emptied("casync-target"))),
      },
      describeSent,
    );
    const values = (side: keyof typeof sent, what: keyof Sent) => sent[side].map((one) => one[what]);
    return {
      measures: [
        compare({ what: "time, rsync", unit: "s" }, values("ours", "seconds"), values("rsync", "seconds"), ratioAtMost(GOAL)),
        compare({ what: "bytes, rsync", unit: "bytes" }, values("ours", "bytes"), values("rsync", "bytes"), ratioAtMost(GOAL)),
        compare({ what: "time, casync", unit: "s" }, values("ours", "seconds"), values("casync", "seconds"), ratioAtMost(GOAL)),
        compare({ what: "bytes, casync", unit: "bytes" }, values("ours", "bytes"), values("casync", "bytes")),
      ],
      facts: [
        fact,
        indexFact(indexing, tree),
        ...usageFacts(orders, tree.bytes),
        `casync: 'casync make' took ${store.seconds.toFixed(2)} s, before what is measured`,
      ],
    };
  },
};
