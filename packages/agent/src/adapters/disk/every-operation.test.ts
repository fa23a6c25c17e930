import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import {
  CAP,
  capFolders,
  openFixture,
  readTree,
  release,
  sharedPool,
  type Fixture,
  type Release,
} from "../../../test-support/disk-fixture.ts";
import { CAN_MOUNT, mountMortal, type MortalMount } from "../../../test-support/fuse/mount.ts";
import type { Database } from "../memory/database.ts";
import type { DiskSeams } from "./disk-executor.ts";

const BOXES = capFolders("clifiles.box", "offerinf.box");
/** A file that stays, one that changes, one that goes, one that comes, and what they refer to. */
const treeOf = (generation: number): Record<string, string> => ({
  "CAP_ABC/clifiles.box/sub/same.txt": "the same",
  "CAP_ABC/clifiles.box/changed.txt": `of ${generation}`,
  [`CAP_ABC/clifiles.box/only${generation}.txt`]: `only in ${generation}`,
  "CAP_ABC/offerinf.box/Systm.lkp": `G${generation}.ins`,
  [`CAP_ABC/offerinf.box/G${generation}.ins`]: `offer of ${generation}`,
});
const RELEASES = [1, 2].map((generation) => release(CAP, BOXES, treeOf(generation))) as [Release, Release];
const made = (generation: number): Release => RELEASES[generation - 1] as Release;

/** What reports the syncs of a whole disk to it: the kernel does not. */
function seamsFor(disk: MortalMount, root: string): Partial<DiskSeams> {
  const run: typeof sharedPool.run = async (at, kind, ask, options) => {
    const answer = await sharedPool.run(at, kind, ask, options);
    if (kind === "sync" && at === root) await disk.sync();
    return answer;
  };
  return { pool: { ...sharedPool, run }, sweepAfterMs: 10, settleAfterMs: 600_000 };
}

/** The agent's memory keeps nothing either while the disk is stopped: the whole machine is. */
function stopWith(database: Database, mark: string): void {
  database.function("machine_stopped", () => (existsSync(mark) ? 1 : 0));
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").all();
  for (const { name } of tables) {
    for (const change of ["INSERT", "UPDATE", "DELETE"]) {
      database.exec(
        `CREATE TEMP TRIGGER "stop ${change} ${String(name)}" BEFORE ${change} ON main."${String(name)}" WHEN machine_stopped() BEGIN SELECT RAISE(ABORT, 'the machine stopped'); END`,
      );
    }
  }
}

/** The generation of each owned folder; throws for one that is missing or between two. */
function generations(root: string): number[] {
  return BOXES.map(({ path }) => {
    const tree = readTree(join(root, path));
    const found = [1, 2].filter((generation) => {
      const wanted = Object.entries(treeOf(generation)).filter(([name]) => name.startsWith(`${path}/`));
      const own = Object.keys(tree).filter((name) => !/^G\d\.ins$/.test(name) || name === `G${generation}.ins`);
      return wanted.length === own.length && wanted.every(([name, text]) => tree[name.slice(path.length + 1)] === text);
    });
    if (found.length !== 1) throw new Error(`${root}: ${path} holds ${JSON.stringify(tree)}`);
    return found[0] as number;
  });
}

async function rebuild(site: Fixture, generation: number, counter: number): Promise<unknown> {
  const staged = await site.stage(made(generation), counter);
  return staged.kind === "staged" ? site.activate(CAP, counter, 0) : staged;
}

for (const [name, resume] of [
  ["is killed", "goOn"],
  ["loses its power, and all that was not synced,", "cutPower"],
] as const) {
  test.runIf(CAN_MOUNT)(
    `A machine that ${name} after any single operation of a rebuild has each folder of the old generation or the new one, finishes by itself, and keeps nothing behind`,
    { timeout: 300_000 },
    async () => {
      const base = realpathSync(mkdtempSync(join(tmpdir(), "sitewright-mortal-")));
      const [point, mark] = [join(base, "disk"), join(base, "stopped")];
      mkdirSync(point);
      onTestFinished(() => rmSync(base, { recursive: true, force: true }));
      await using disk = await mountMortal(point, mark);
      const root = join(point, "cap");
      const seams = seamsFor(disk, root);
      await using site = await openFixture(seams, [], root);
      /** By generation: all files after a rebuild that nothing disturbed. */
      const undisturbed: Record<number, Record<string, string>> = {};
      for (const counter of [1, 2, 3]) {
        const generation = 2 - (counter % 2);
        expect(await rebuild(site, generation, counter)).toMatchObject({ kind: "activated" });
        await expect.poll(() => Object.keys(readTree(root)).filter((path) => /\/(previous|trash)\//.test(path))).toEqual([]);
        undisturbed[generation] = readTree(root);
      }
      const ends = { old: 0, new: 0 };
      // Until a rebuild ends before it is stopped.
      for (let operations = 0, isStopped = true; isStopped; operations++) {
        const [generation, counter] = [2 - (operations % 2), 4 + operations];
        await disk.sync();
        stopWith(site.database, mark);
        await disk.stopAfter(operations);
        await rebuild(site, generation, counter).catch(() => {});
        await site.reopen(seams, async () => {
          isStopped = existsSync(mark);
          expect(generations(root)).toHaveLength(BOXES.length);
          await disk[resume]();
          expect(generations(root)).toHaveLength(BOXES.length);
        });
        const after = new Set(generations(root));
        expect(after.size, `after a stop after ${operations}`).toBe(1);
        ends[after.has(generation) ? "new" : "old"] += 1;
        expect(await rebuild(site, generation, counter)).toMatchObject({ kind: "activated" });
        expect(await site.verify(made(generation), true)).toMatchObject({ right: true });
        await expect.poll(() => readTree(root), { message: `after a stop after ${operations}` }).toEqual(undisturbed[generation]);
      }
      expect(Math.min(ends.old, ends.new)).toBeGreaterThan(1);
    },
  );
}
