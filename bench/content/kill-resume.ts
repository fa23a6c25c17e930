import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Case } from "../case.ts";
import { writeNoiseFile } from "../data/trees.ts";
import { lineFact, openLine, overLine } from "../link/line.ts";
import { killGroup, start } from "../machine/processes.ts";
import { alternate, compare, oursAtMost } from "../measure.ts";
import { checkDone, startBed } from "../ours/bed.ts";
import { addPackage, TARGET, writeSite } from "../ours/site.ts";
import { checkSame, rsync, startRsyncDaemon } from "../peers/rsync.ts";
import { removeScratch } from "../scratch.ts";

const PACKAGE = "ABC00001";
const BYTES = 100_000_000;
const MOST_AGAIN = 1024 * 1024;
/** Slow enough that a third of the file takes seconds, fast enough not to wait for. */
const RATE = 100_000_000;
const DELAY = 5;

export const killResume: Case = {
  name: "kill-resume",
  about: "one file of 100 MB, the receiving side killed with SIGKILL after a third, then run again",
  goal: `bytes sent again <= ${MOST_AGAIN}`,
  async run(context) {
    const folder = context.folder("memory");
    const siteData = join(folder, "site-data");
    writeSite(siteData, { role: "dp" });
    const source = addPackage(siteData, PACKAGE);
    const size = Math.floor(BYTES / context.scale);
    writeNoiseFile(join(source, "image.wim"), size, "kill-resume");
    const line = openLine(context);
    const bed = await startBed(context, {
      siteData,
      folder: join(folder, "ours"),
      agentUrl: (url) => overLine(line, url),
    });
    await bed.index();
    const { port } = await startRsyncDaemon(context, { folder: join(folder, "rsyncd"), modules: { source } });
    const rsyncUrl = `rsync://127.0.0.1:${await line.open(port)}/source`;
    const rsyncTarget = join(folder, "rsync-target");
    const rsyncOptions = ["-a", "--partial-dir=.rsync-partial"];

    const aThird = async (from: number) => {
      while ((await line.count()).down - from < size / 3) await sleep(5);
    };
    const down = async (work: () => Promise<unknown>): Promise<number> => {
      const before = (await line.count()).down;
      await work();
      return (await line.count()).down - before;
    };
    const emptyTarget = () => {
      removeScratch(rsyncTarget);
      mkdirSync(rsyncTarget);
    };
    await line.shape(RATE, DELAY);

    // Bytes of an undisturbed transfer, with all control traffic.
    await bed.freshAgent();
    const whole = {
      ours: await down(() => bed.order("rebuild")),
      rsync: await down(() => rsync(rsyncOptions, rsyncUrl, rsyncTarget)),
    };

    const again = await alternate<"ours" | "rsync", number>(
      context,
      {
        async ours() {
          const agent = await bed.freshAgent();
          const sent = await down(async () => {
            const from = (await line.count()).down;
            const started = await bed.api.start("rebuild", { systems: [TARGET] });
            await aThird(from);
            await agent.kill();
            agent.start();
            checkDone(await bed.api.end(started), join(folder, "ours/agent/agent.log"));
          });
          await checkSame(source, join(agent.root, PACKAGE));
          return Math.max(0, sent - whole.ours);
        },
        async rsync() {
          emptyTarget();
          const sent = await down(async () => {
            const from = (await line.count()).down;
            const first = start("rsync", [...rsyncOptions, `${rsyncUrl}/`, `${rsyncTarget}/`]);
            await aThird(from);
            await killGroup(first);
            await rsync(rsyncOptions, rsyncUrl, rsyncTarget);
          });
          return Math.max(0, sent - whole.rsync);
        },
      },
      (value) => `${value} bytes again`,
    );
    return {
      measures: [compare({ what: "bytes again", unit: "bytes" }, again.ours, again.rsync, oursAtMost(MOST_AGAIN))],
      facts: [
        lineFact(RATE, DELAY),
        "bytes again: what entered the line towards the receiver, less what one undisturbed transfer of the same side took",
        "rsync: rsync -a --partial-dir=.rsync-partial; all its processes on the receiving side are killed",
      ],
    };
  },
};
