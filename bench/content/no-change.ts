import { join } from "node:path";
import type { Case, CaseResult } from "../case.ts";
import { writeLargeTree, writeSmallTree } from "../data/trees.ts";
import { alternate, compare, ratioAtMost } from "../measure.ts";
import { startBed, type Bed, type Measured } from "../ours/bed.ts";
import { compareCpu, usageFacts } from "../ours/facts.ts";
import { addPackage, writeSite } from "../ours/site.ts";
import { rsync, rsyncWithCpu, startRsyncDaemon, type Copied } from "../peers/rsync.ts";

const TREES = [
  { what: "large", id: "ABC00001", write: writeLargeTree },
  { what: "small", id: "ABC00002", write: writeSmallTree },
] as const;

export interface NoChangeOptions extends Pick<Case, "name" | "about"> {
  rsyncOptions: string;
  order: (bed: Bed, id: string) => Promise<Measured>;
}

/** The trees of cold-large and cold-small, which both sides hold already. */
export function noChangeCase({ name, about, rsyncOptions, order }: NoChangeOptions): Case {
  return {
    name,
    about,
    goal: `time <= 1.0 of rsync ${rsyncOptions}, for each tree`,
    async run(context): Promise<CaseResult> {
      const folder = context.folder("memory");
      const siteData = join(folder, "site-data");
      writeSite(siteData, { role: "dp" });
      const trees = TREES.map(({ what, id, write }) => {
        const source = addPackage(siteData, id);
        return { what, id, source, ...write(source, context.scale), target: join(folder, `rsync-${what}`) };
      });
      const bed = await startBed(context, { siteData, folder: join(folder, "ours") });
      const modules = Object.fromEntries(trees.map(({ what, source }) => [what, source]));
      const daemon = await startRsyncDaemon(context, { folder: join(folder, "rsyncd"), modules });
      const url = `rsync://127.0.0.1:${daemon.port}`;
      await bed.freshAgent();
      await bed.order("rebuild");
      for (const { what, target } of trees) await rsync(["-a"], `${url}/${what}`, target);

      const result: CaseResult = { measures: [], facts: [] };
      for (const { what, id, target, bytes } of trees) {
        const orders: Measured[] = [];
        const copies: Copied[] = [];
        const { ours, peer } = await alternate<"ours" | "peer", number>(
          context,
          {
            async ours() {
              const done = await order(bed, id);
              orders.push(done);
              return done.seconds;
            },
            async peer() {
              const copied = await rsyncWithCpu(daemon, [rsyncOptions], what, target);
              copies.push(copied);
              return copied.seconds;
            },
          },
          (value) => `${value.toFixed(3)} s`,
        );
        result.measures.push(compare({ what: `time, ${what} tree`, unit: "s" }, ours, peer, ratioAtMost(1)));
        result.measures.push(compareCpu(`processor time, both ends, ${what} tree`, orders, copies));
        result.facts.push(...usageFacts(orders, bytes).map((fact) => `${what} tree, ${fact}`));
      }
      return result;
    },
  };
}
