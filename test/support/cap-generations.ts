import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Run } from "../../packages/coordinator/src/domain/runs/run.ts";
import { waitFor, type Agent, type Fleet } from "./fleet.ts";
import { CAP_SOURCES } from "./site.ts";
import { readTree, writeTree } from "./trees/trees.ts";

/** Inboxes in which every file names its generation; the instruction file has a name of its own in each. */
export function writeGeneration(fleet: Fleet, number: number): void {
  const inboxes = join(fleet.siteData, "ABC/inboxes");
  rmSync(inboxes, { recursive: true });
  writeTree(inboxes, {
    "offerinf.box/ABCSystm.lkp": `; generation ${number}\nPC00001=G${number}.ins\n`,
    [`offerinf.box/G${number}.ins`]: `; generation ${number}\nOffer=ABC00001.ofr\n`,
    "offerinf.box/ABC00001.ofr": `; generation ${number}\nPackage=ABC00001\n`,
    "pkginfo.box/ABC00001.pkg": `; generation ${number}\nName=Office\n`,
    "pkginfo.box/ABC00001.nal": `; generation ${number}\nServer=SRVABC\n`,
    "clicomp.src/Compver.ini": `; generation ${number}\n`,
    "clicomp.src/sub/Hinv.cfg": `; generation ${number}\n`,
    "clidata.src/caplist.ini": `; generation ${number}\n`,
    "clifiles.src/smsman.exe": `; generation ${number}\n`,
  });
}

/** Starts a rebuild; the returned function waits for the end. */
export async function beginRebuild({ fleet, agent }: { fleet: Fleet; agent: Agent }, graceMs: number): Promise<() => Promise<Run>> {
  const body = JSON.stringify({ kind: "rebuild", options: { graceMs } });
  const reply = await fleet.api("/api/v1/runs", { method: "POST", headers: { "content-type": "application/json" }, body });
  const { id } = (await reply.json()) as Run;
  const ended = () =>
    waitFor(`run ${id} to end`, async () => {
      const { run } = (await (await fleet.api(`/api/v1/runs/${id}`)).json()) as { run: Run };
      return run.endedAt === undefined ? undefined : run;
    });
  // The agent's log shows why.
  return () =>
    ended().catch((cause: unknown) => {
      const logs = [agent.log(), fleet.coordinator.log()].map((log) => log.trimEnd().split("\n").slice(-25).join("\n"));
      throw new Error(`${String(cause)}\n${logs.join("\n\n")}`, { cause });
    });
}

export function activationBegins(agent: Agent): Promise<void> {
  return new Promise((resolve) => {
    agent.process?.stdout?.on("data", (text: Buffer) => {
      if (text.includes("activate begins")) resolve();
    });
  });
}

/** The generation of each owned folder of a CAP; throws for one that is missing, incomplete or mixed from two generations. */
export function generationsIn(cap: string): number[] {
  return Object.keys(CAP_SOURCES).map((box) => {
    const paths = Object.keys(readTree(join(cap, box))).filter((path) => !path.endsWith("/") && !path.endsWith(".ins"));
    const found = new Set(paths.map((path) => Number(/generation (\d+)/.exec(readFileSync(join(cap, box, path), "utf8"))?.[1])));
    const [generation = 0] = found;
    const whole = paths.length === ({ "offerinf.box": 2, "pkginfo.box": 2, "clicomp.box": 2 }[box] ?? 1) && found.size === 1;
    if (!whole || (box === "offerinf.box" && !existsSync(join(cap, box, `G${generation}.ins`))))
      throw new Error(`${box} holds ${paths.join(", ")} of the generations ${[...found].join(", ")}`);
    return generation;
  });
}
