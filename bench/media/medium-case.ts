import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Case, CaseResult, Context } from "../case.ts";
import type { TreeFacts } from "../data/trees.ts";
import { touchMemory } from "../machine/memory.ts";
import { time } from "../machine/processes.ts";
import { alternate, compare, ratioAtMost } from "../measure.ts";
import { joinAgent } from "../ours/agent.ts";
import { startCoordinator, type Coordinator } from "../ours/coordinator.ts";
import { createApi } from "../ours/orders.ts";
import { programFile } from "../ours/programs.ts";
import { addPackage, NOBODY, TARGET, writeSite } from "../ours/site.ts";
import { checkSame } from "../peers/rsync.ts";
import { removeScratch } from "../scratch.ts";

export interface MediumOptions extends Pick<Case, "name" | "about"> {
  tree: (folder: string, scale: number) => TreeFacts;
}

const PACKAGE = "ABC00001";
/** 0.8 of the peer's speed. */
const MOST = 1 / 0.8;
const GOAL = "speed >= 0.8 of cp -r and sha256sum";

/** `sitewright media write`, from its start to its end: it also reads back everything that it wrote. */
export function writeCase({ name, about, tree }: MediumOptions): Case {
  return {
    name,
    about: `${about}: a medium is written and read back`,
    goal: GOAL,
    async run(context): Promise<CaseResult> {
      const { folder, source, coordinator, bytes } = await prepare(context, tree);
      const medium = join(folder, "medium");
      return measure(context, { folder, source, bytes }, async () => {
        removeScratch(medium);
        touchMemory(folder, bytes);
        return time(process.execPath, writing(medium, coordinator));
      });
    },
  };
}

/** `sitewright-agent import`, from its start to its end: every chunk is proved, and the unit is live. */
export function importCase({ name, about, tree }: MediumOptions): Case {
  return {
    name,
    about: `${about}: a medium is imported into an empty target`,
    goal: GOAL,
    async run(context): Promise<CaseResult> {
      const { folder, source, coordinator, bytes } = await prepare(context, tree);
      const medium = join(folder, "medium");
      await time(process.execPath, writing(medium, coordinator));
      const target = join(folder, "agent");
      return measure(context, { folder, source, bytes }, async () => {
        const agent = await joinAgent({ folder: target, role: "dp", url: coordinator.url, token: await coordinator.joinToken(TARGET) });
        await agent[Symbol.asyncDispose]();
        touchMemory(folder, bytes);
        const dataDir = join(target, "agent-data");
        const seconds = await time(process.execPath, [programFile("sitewright-agent"), "import", medium, "--data-dir", dataDir]);
        await checkSame(source, join(agent.root, PACKAGE));
        return seconds;
      });
    },
  };
}

interface Prepared {
  folder: string;
  /** The package's files. */
  source: string;
  bytes: number;
}

/** The sources are indexed already, as the peer's need no index. */
async function prepare(context: Context, tree: MediumOptions["tree"]): Promise<Prepared & { coordinator: Coordinator }> {
  const folder = context.folder("memory");
  const siteData = join(folder, "site-data");
  writeSite(siteData, { role: "dp" });
  const source = addPackage(siteData, PACKAGE);
  const { bytes } = tree(source, context.scale);
  const coordinator = context.cleanup.use(await startCoordinator({ siteData, dataDir: join(folder, "coordinator") }));
  await createApi(coordinator.url, coordinator.dataDir).index({ systems: [NOBODY], packages: [] });
  return { folder, source, coordinator, bytes };
}

function writing(to: string, { dataDir }: Coordinator): string[] {
  return [programFile("sitewright"), "media", "write", to, "--system", TARGET, "--data-dir", dataDir];
}

async function measure(context: Context, { folder, source, bytes }: Prepared, ours: () => Promise<number>): Promise<CaseResult> {
  const copy = join(folder, "copy");
  const seconds = await alternate<"ours" | "copy", number>(
    context,
    {
      ours,
      async copy() {
        removeScratch(copy);
        mkdirSync(copy);
        touchMemory(folder, bytes);
        const script = `cp -r "$1" "$2" && find "$2" -type f -print0 | xargs -0 sha256sum > "$2.sums"`;
        return time("sh", ["-c", script, "sh", source, copy]);
      },
    },
    (value) => `${value.toFixed(3)} s`,
  );
  const rate = (values: readonly number[]) => `${(bytes / Math.min(...values) / 1e6).toFixed(0)} MB/s at best`;
  return {
    measures: [compare({ what: "time", unit: "s" }, seconds.ours, seconds.copy, ratioAtMost(MOST))],
    facts: [`ours ${rate(seconds.ours)}, cp and sha256sum ${rate(seconds.copy)}`],
  };
}
