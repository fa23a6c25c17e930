import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { isRoot } from "@sitewright/testkit/account";
import { noise } from "@sitewright/testkit/noise";
import type { RunView } from "../packages/coordinator/src/app/runs/operations.ts";
import { makeRandom } from "../scripts/sample/random.ts";
import { badLine } from "./support/bad-line.ts";
import { activationBegins, beginRebuild, generationsIn, writeGeneration } from "./support/cap-generations.ts";
import { startFleet, waitFor, type Agent } from "./support/fleet.ts";
import { makeMortalDisk, type MortalDisk } from "./support/trees/mortal-disk.ts";
import { differences } from "./support/trees/same-tree.ts";
import { readTree, writeTree } from "./support/trees/trees.ts";

/** Bytes per second of the line, and what a power cut may cost: 2 s of transfer, and the bytes in transit. */
const RATE = 500_000;
const COST = 2 * RATE + 1024 * 1024;
const CUTS = 2;
const BYTES = 10_000_000;
const ACTIVATIONS = 2;
/** An activation of a CAP takes less, ms. */
const ACTIVATION_MS = 16;

/**
 * `roots, bytes last`: the agent's memory is on another disk and keeps every commit, so that it knows of more than the disk has; and names
 * and sizes are on the disk before the content of files. `machine`: the agent's memory is on that disk, too.
 */
const DISKS = [
  ["roots, bytes last", "data=writeback,nodelalloc,commit=1", ["dp", "cap"]],
  ["machine", "defaults", ["dp", "cap", "agent-data"]],
] as const;

async function cutPower(disk: MortalDisk, agent: Agent): Promise<void> {
  await agent.kill();
  disk.cutPower();
}

function hold(disk: MortalDisk, agentFolder: string, folders: readonly string[]): void {
  for (const folder of folders) disk.hold(join(agentFolder, folder));
}

/** The agent must have no files open on a disk whose power is cut. */
function release(disk: MortalDisk, agent: Agent): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      await agent.kill();
      disk[Symbol.dispose]();
    },
  };
}

// Both at once: they wait for their lines.
for (const [name, options, folders] of DISKS) {
  test
    .runIf(isRoot)
    .concurrent(
      `power cuts while a unit is staged (${name}) cost at most two seconds of transfer each, and never give a wrong tree`,
      async () => {
        const random = makeRandom(CUTS, name);
        const files = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`folder${i % 7}/file${i}.bin`, noise(100_000, i)]));
        using disk = makeMortalDisk(options);
        await using fleet = await startFleet({
          systems: { SRVSEC: { site: "SEC", roles: ["dp"] } },
          bandwidth: `${(RATE * 8) / 1e6} Mbit/s`,
          packages: { ABC00001: { files: { ...files, "large.bin": noise(BYTES - 6_000_000, 99) } } },
          absent: ["SRVSEC"],
          prepare({ agentFolder }) {
            hold(disk, agentFolder("SRVSEC"), folders);
            writeTree(agentFolder("SRVSEC"), { "dp/ABC00001/served.txt": "until now" });
          },
        });
        const agent = fleet.agent("SRVSEC");
        await using _ = release(disk, agent);
        // This process carries the bytes and cuts: however busy the machine is, a cut is not late.
        await using line = await badLine(new URL(fleet.url), 2 * RATE * 8);
        await agent.join(line.url);
        await agent.start();
        await fleet.connected();
        const live = join(agent.root("dp"), "ABC00001");
        const source = join(fleet.siteData, "packages/ABC00001/source");
        const { stdout } = await fleet.sitewright("rebuild", "--detach");
        const view = async () => (await (await fleet.api(`/api/v1/runs/${stdout.trim()}`)).json()) as RunView;
        for (let cut = 0; cut < CUTS; cut++) {
          // Far enough that two seconds are a small part of what is there, and so that after all cuts a fifth is left.
          const upTo = line.crossed() + BYTES * (0.35 + random.integer(50) / 1000);
          await waitFor("more to come", () => line.crossed() > upTo);
          await cutPower(disk, agent);
          expect(readTree(live)).toEqual({ "served.txt": expect.stringContaining("file") });
          await agent.start();
        }
        const { totals, run } = await waitFor("the run to end", async () => {
          const now = await view();
          return now.run.endedAt === undefined ? undefined : now;
        });
        expect(run.state).toBe("done");
        expect(totals.wireBytes - totals.sourceBytes).toBeLessThan(CUTS * COST);
        await cutPower(disk, agent);
        expect(differences(source, live)).toEqual([]);
        await agent.start();
        await fleet.connected();
        expect((await fleet.json("verify", "--full")).exitCode).toBe(0);
      },
    );
}

for (const [name, options, folders] of DISKS) {
  test.runIf(isRoot)(
    `power cuts during and right after activations (${name}) leave each owned folder completely in one generation, and what was reported stays`,
    async () => {
      using disk = makeMortalDisk(options);
      await using fleet = await startFleet({
        systems: { SRVABC: { roles: ["cap"] } },
        prepare: ({ agentFolder }) => hold(disk, agentFolder("SRVABC"), folders),
      });
      const agent = fleet.agent("SRVABC");
      await using _ = release(disk, agent);
      const cap = join(agent.root("cap"), "CAP_ABC");
      writeGeneration(fleet, 1);
      await (
        await beginRebuild({ fleet, agent }, 0)
      )();
      let caught = 0;
      // More where none was early enough.
      for (let round = 2; round < ACTIVATIONS + 2 || caught === 0; round++) {
        writeGeneration(fleet, round);
        const begun = activationBegins(agent);
        const ended = await beginRebuild({ fleet, agent }, round % 2 === 0 ? 600_000 : 0);
        await begun;
        await sleep((ACTIVATION_MS / ACTIVATIONS) * ((round - 2) % ACTIVATIONS));
        await cutPower(disk, agent);
        const seen = new Set(generationsIn(cap));
        expect([...seen].filter((generation) => generation !== round && generation !== round - 1)).toEqual([]);
        if (seen.has(round - 1)) caught += 1;
        await agent.start();
        expect((await ended()).state).toBe("done");
        expect(generationsIn(cap)).toEqual([round, round, round, round, round]);
        if (round % 2 === 0) continue;
        await cutPower(disk, agent);
        expect(generationsIn(cap), "what was reported").toEqual([round, round, round, round, round]);
        await agent.start();
      }
      await fleet.connected();
      expect((await fleet.json("verify", "--full")).exitCode).toBe(0);
    },
  );
}
