import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Run } from "../packages/coordinator/src/domain/run.ts";
import { startFleet, waitFor, type Agent, type Fleet } from "./support/fleet.ts";
import { CAP_SOURCES } from "./support/site.ts";
import { readTree, writeTree } from "./support/trees.ts";

const ROUNDS = 30;
/** An activation of a CAP lasts less, ms: each round strikes at another moment of it. */
const ACTIVATION_MS = 12;
/** A starting agent finishes a broken activation about as long after its start, ms. */
const RECOVERY_MS = 200;

/** Inboxes whose every file says which generation it is of; the instruction file has a name of its own in each. */
function writeGeneration(fleet: Fleet, number: number): void {
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

async function beginRebuild(fleet: Fleet, graceMs: number): Promise<() => Promise<Run>> {
  const body = JSON.stringify({ kind: "rebuild", options: { graceMs } });
  const reply = await fleet.api("/api/v1/runs", { method: "POST", headers: { "content-type": "application/json" }, body });
  const { id } = (await reply.json()) as Run;
  return () =>
    waitFor(`run ${id} to end`, async () => {
      const { run } = (await (await fleet.api(`/api/v1/runs/${id}`)).json()) as { run: Run };
      return run.endedAt === undefined ? undefined : run;
    });
}

function activationBegins(agent: Agent): Promise<void> {
  return new Promise((resolve) => {
    agent.process?.stdout?.on("data", (text: Buffer) => {
      if (text.includes("activate begins")) resolve();
    });
  });
}

/** The generation of each owned folder; fails for one that is missing, holds half a tree or files of two generations. */
function generationsIn(cap: string): number[] {
  return Object.keys(CAP_SOURCES).map((box) => {
    const paths = Object.keys(readTree(join(cap, box))).filter((path) => !path.endsWith("/") && !path.endsWith(".ins"));
    expect(paths.length, box).toBe({ "offerinf.box": 2, "pkginfo.box": 2, "clicomp.box": 2 }[box] ?? 1);
    const found = new Set(paths.map((path) => Number(/generation (\d+)/.exec(readFileSync(join(cap, box, path), "utf8"))?.[1])));
    expect([...found], box).toHaveLength(1);
    const [generation = 0] = found;
    expect(box !== "offerinf.box" || existsSync(join(cap, box, `G${generation}.ins`)), box).toBe(true);
    return generation;
  });
}

test(
  `an agent killed in ${ROUNDS} activations leaves each owned folder wholly one generation, and finishes each activation by itself`,
  { timeout: 180_000 },
  async () => {
    await using fleet = await startFleet({ systems: { SRVABC: { roles: ["cap"] } } });
    const agent = fleet.agent("SRVABC");
    const cap = join(agent.root("cap"), "CAP_ABC");
    writeGeneration(fleet, 1);
    await (
      await beginRebuild(fleet, 0)
    )();
    let caught = 0;
    for (let round = 2; round < ROUNDS + 2; round++) {
      writeGeneration(fleet, round);
      const begun = activationBegins(agent);
      const ended = await beginRebuild(fleet, round % 2 === 0 ? 600_000 : 0);
      await begun;
      await sleep((ACTIVATION_MS / ROUNDS) * (round - 2));
      await agent.kill();
      const seen = new Set(generationsIn(cap));
      expect([...seen].every((generation) => generation === round || generation === round - 1)).toBe(true);
      if (seen.size > 1 || seen.has(round - 1)) caught += 1;
      await agent.start();
      if (round % 4 === 0) {
        await sleep(RECOVERY_MS + 5 * (round % 16));
        await agent.kill();
        generationsIn(cap);
        await agent.start();
      }
      expect((await ended()).state).toBe("done");
      expect(generationsIn(cap)).toEqual(Array.from(Object.keys(CAP_SOURCES), () => round));
    }
    expect(caught, "kills before the activation was over").toBeGreaterThan(0);
    writeGeneration(fleet, ROUNDS + 2);
    await (
      await beginRebuild(fleet, 0)
    )();
    for (const [box, source] of Object.entries(CAP_SOURCES)) {
      expect(readTree(join(cap, box)), box).toEqual(readTree(join(fleet.siteData, "ABC/inboxes", source)));
    }
  },
);
