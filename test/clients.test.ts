import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { beginRebuild } from "./support/cap-generations.ts";
import { startFleet, waitFor, type Fleet } from "./support/fleet.ts";
import { CAP_SOURCES } from "./support/site.ts";
import { readTree, writeTree } from "./support/trees/trees.ts";

const ACTIVATIONS = 60;

let fleet: Fleet;
let cap: string;

beforeAll(async () => {
  fleet = await startFleet({ systems: { SRVABC: { roles: ["cap"] } } });
  cap = join(fleet.agent("SRVABC").root("cap"), "CAP_ABC");
  mkdirSync(join(cap, "ccr.box"), { recursive: true });
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

/** Inboxes of one generation: every file names it, and instruction file and offer have names of their own in each. */
function writeGeneration(number: number): void {
  const inboxes = join(fleet.siteData, "ABC/inboxes");
  rmSync(join(inboxes, "offerinf.box"), { recursive: true });
  const text = (body: string) => `; generation ${number}\n${body}\n; end\n`;
  writeTree(inboxes, {
    "offerinf.box/ABCSystm.lkp": text(`PC00001=G${number}.ins`),
    [`offerinf.box/G${number}.ins`]: text(`Offer=G${number}.ofr`),
    [`offerinf.box/G${number}.ofr`]: text("Package=ABC00001"),
    "pkginfo.box/ABC00001.pkg": text("Name=Office"),
    "clicomp.src/Compver.ini": text(`Version=${number}`),
  });
}

async function rebuild(grace = 600): Promise<void> {
  const end = await beginRebuild({ fleet, agent: fleet.agent("SRVABC") }, grace * 1000);
  expect((await end()).state).toBe("done");
}

async function startClients(mode: string, target = ""): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "support/clients.ts"), mode, cap, target], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}

async function endClients(child: ChildProcess): Promise<{ count: number; violations: string[] }> {
  let text = "";
  child.stdout?.on("data", (data) => (text += data));
  child.kill("SIGTERM");
  await once(child, "close");
  return JSON.parse(text) as { count: number; violations: string[] };
}

test(`in ${ACTIVATIONS} activations under reading, writing and collecting clients no file is lost and no client sees an error`, async () => {
  writeGeneration(1);
  await rebuild();
  const collected = join(fleet.folder, "collected");
  const [reader, writer, collector] = await Promise.all([startClients("read"), startClients("write"), startClients("collect", collected)]);
  for (let number = 2; number <= ACTIVATIONS; number++) {
    writeGeneration(number);
    await rebuild();
  }
  const read = await endClients(reader);
  const written = await endClients(writer);
  const moved = await endClients(collector);

  expect(read.violations).toEqual([]);
  expect(read.count).toBeGreaterThan(ACTIVATIONS);
  expect(written.violations).toEqual([]);
  expect(moved.violations).toEqual([]);
  const kept = [...readdirSync(join(cap, "ccr.box")), ...readdirSync(collected)];
  expect(new Set(kept).size).toBe(written.count);
  expect(kept.length).toBe(written.count);
});

test("undo restores the previous generation, and undoing that restores the newer one", async () => {
  const lookup = () => readFileSync(join(cap, "offerinf.box/ABCSystm.lkp"), "utf8");
  writeGeneration(1001);
  await rebuild();
  writeGeneration(1002);
  await rebuild();
  expect(lookup()).toContain("generation 1002");
  expect((await fleet.json("undo", "--system", "SRVABC")).exitCode).toBe(0);
  expect(lookup()).toContain("generation 1001");
  expect((await fleet.json("undo", "--system", "SRVABC")).exitCode).toBe(0);
  expect(lookup()).toContain("generation 1002");
});

test("when the grace time is over, the owned folders equal the source exactly and nothing of the earlier generation is kept", async () => {
  writeGeneration(2001);
  await rebuild(0);
  await waitFor("the earlier generation to go", () => readdirSync(join(cap, "offerinf.box")).length === 3 || undefined);
  for (const [box, source] of Object.entries(CAP_SOURCES)) {
    expect(readTree(join(cap, box)), box).toEqual(readTree(join(fleet.siteData, "ABC/inboxes", source)));
  }
  const { exitCode, phases } = await fleet.json("undo", "--all");
  expect(exitCode).toBe(1);
  expect(phases[0]?.outcome).toMatchObject({ kind: "failed", code: "NO_PREVIOUS_GENERATION" });
});
