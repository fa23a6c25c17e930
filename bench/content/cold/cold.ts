import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Case, CaseResult, Context } from "../../case.ts";
import { alternate, compare, median, ratioAtMost } from "../../measure.ts";
import { touchMemory } from "../../machine/memory.ts";
import { time } from "../../machine/processes.ts";
import type { TreeFacts } from "../../data/trees.ts";
import { startBed, type Measured } from "../../ours/bed.ts";
import { compareCpu, indexFact, usageFacts } from "../../ours/facts.ts";
import { addPackage, writeSite } from "../../ours/site.ts";
import { checkSame, rsyncWithCpu, startRsyncDaemon, type Copied } from "../../peers/rsync.ts";
import { removeScratch } from "../../scratch.ts";

export interface ColdOptions extends Pick<Case, "name" | "about"> {
  write: (folder: string, scale: number) => TreeFacts;
  disk: "memory" | "disk";
  ratio: number;
  /** Further lines to print, by the data and our median. */
  more?: (context: Context, facts: TreeFacts, seconds: number) => Promise<string[]>;
}

const PACKAGE = "ABC00001";

/** An empty target, filled over loopback: a whole rebuild order against `rsync -a --whole-file` from a daemon. */
export function coldCase({ name, about, write, disk, ratio, more }: ColdOptions): Case {
  return {
    name,
    about,
    goal: `time <= ${ratio} of rsync -a --whole-file`,
    async run(context): Promise<CaseResult> {
      const folder = context.folder(disk);
      const siteData = join(folder, "site-data");
      writeSite(siteData, { role: "dp" });
      const source = addPackage(siteData, PACKAGE);
      const tree = write(source, context.scale);
      const bed = await startBed(context, { siteData, folder: join(folder, "ours") });
      const indexing = await bed.index();
      const daemon = await startRsyncDaemon(context, { folder: join(folder, "rsyncd"), modules: { source } });
      const rsyncTarget = join(folder, "rsync-target");
      const orders: Measured[] = [];
      const copies: Copied[] = [];
      /** On a real disk writing is part of the time, and earlier writes of others are not. */
      const synced = () => (disk === "disk" ? time("sync", ["-f", folder]) : Promise.resolve(0));
      const prepare = () => (disk === "disk" ? synced() : touchMemory(folder, tree.bytes));

      const seconds = await alternate<"ours" | "rsync", number>(
        context,
        {
          async ours() {
            const agent = await bed.freshAgent();
            await prepare();
            const order = await bed.order("rebuild");
            const total = order.seconds + (await synced());
            orders.push(order);
            await checkSame(source, join(agent.root, PACKAGE));
            return total;
          },
          async rsync() {
            removeScratch(rsyncTarget);
            mkdirSync(rsyncTarget);
            await prepare();
            const copied = await rsyncWithCpu(daemon, ["-a", "--whole-file"], "source", rsyncTarget);
            copies.push(copied);
            return copied.seconds + (await synced());
          },
        },
        (value) => `${value.toFixed(3)} s`,
      );
      return {
        measures: [
          compare({ what: "time", unit: "s" }, seconds.ours, seconds.rsync, ratioAtMost(ratio)),
          compareCpu("processor time, both ends", orders, copies),
        ],
        facts: [
          indexFact(indexing, tree),
          ...usageFacts(orders, tree.bytes),
          ...((await more?.(context, tree, median(seconds.ours))) ?? []),
        ],
      };
    },
  };
}
