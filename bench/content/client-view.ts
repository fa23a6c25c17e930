import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Case, Context } from "../case.ts";
import { CLIENTS, writeOffers } from "../data/offers.ts";
import { kill } from "../machine/processes.ts";
import { compare, median, oursAtMost } from "../measure.ts";
import { startBed } from "../ours/bed.ts";
import { writeSite } from "../ours/site.ts";
import { rsync, startRsyncDaemon } from "../peers/rsync.ts";
import type { ClientView } from "./client.ts";

const CHANGES = 200;
const FILES = CLIENTS * 3;

export const clientView: Case = {
  name: "client-view",
  about: `${FILES} files read in a loop, by path and through the open folder, during ${CHANGES} changes of all of them`,
  goal: "0 violations: nothing old after new, missing or half by path, one generation through an open folder",
  async run(context) {
    const folder = context.folder("memory");
    const siteData = join(folder, "site-data");
    writeSite(siteData, { role: "cap" });
    const inboxes = join(siteData, "ABC/inboxes");
    const source = join(inboxes, "offerinf.box");
    writeOffers(inboxes, 1);
    const bed = await startBed(context, { siteData, folder: join(folder, "ours"), role: "cap" });
    const { port } = await startRsyncDaemon(context, { folder: join(folder, "rsyncd"), modules: { source } });
    const { root } = await bed.freshAgent();
    const copy = (options: string[], target: string) => rsync(options, `rsync://127.0.0.1:${port}/source`, target);
    const orders: number[] = [];
    const sides = {
      ours: {
        target: join(root, "CAP_ABC/offerinf.box"),
        async update() {
          const { seconds } = await bed.order("rebuild");
          orders.push(seconds);
          return seconds;
        },
      },
      "rsync -a --delete": {
        target: join(folder, "rsync"),
        update: () => copy(["-a", "--delete"], join(folder, "rsync")),
      },
      "rsync -a --delete --delay-updates": {
        target: join(folder, "rsync-delayed"),
        update: () => copy(["-a", "--delete", "--delay-updates"], join(folder, "rsync-delayed")),
      },
    };
    for (const { update } of Object.values(sides)) await update();
    const clients = await Promise.all(Object.values(sides).map(({ target }) => startClient(context, target)));
    const changes = Math.ceil(CHANGES / context.scale);
    for (let change = 0; change < changes; change++) {
      writeOffers(inboxes, change + 2);
      for (const { update } of Object.values(sides)) await update();
    }
    const views = await Promise.all(clients.map((end) => end()));
    const [ours = 0, ...peers] = views.map(({ violations }) => Object.values(violations).reduce((sum, count) => sum + count, 0));
    const [, ...peerNames] = Object.keys(sides);
    return {
      measures: peers.map((count, i) =>
        compare({ what: `violations, ${peerNames[i]}`, unit: "violations" }, [ours], [count], oursAtMost(0)),
      ),
      facts: [
        ...Object.keys(sides).map((name, i) => `${name}: ${describe(views[i] as ClientView)}`),
        `ours: an order took ${median(orders).toFixed(2)} s (median), the last one ${orders.at(-1)?.toFixed(2)} s`,
      ],
    };
  },
};

/** @returns A function that ends the client and returns its counts. */
async function startClient(context: Context, target: string): Promise<() => Promise<ClientView>> {
  const child = fork(join(import.meta.dirname, "client.ts"), [target]);
  context.cleanup.defer(() => kill(child));
  await once(child, "message");
  return async () => {
    child.send("end");
    const [view] = (await once(child, "message")) as [ClientView];
    return view;
  };
}

const describe = ({ loops, violations: { old, missing, half, mixed } }: ClientView): string =>
  `${loops} times all files; ${old} old after new, ${missing} missing, ${half} half, ${mixed} mixed through an open folder`;
