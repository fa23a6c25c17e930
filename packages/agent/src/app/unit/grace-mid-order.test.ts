import { existsSync } from "node:fs";
import type { Outcome } from "@sitewright/protocol";
import { expect, onTestFinished, test, vi } from "vitest";
import type { DiskPool } from "../../adapters/disk/disk-pool.ts";
import { createUnitStore } from "../../adapters/memory/unit-store.ts";
import {
  CAP,
  capFolders,
  type Fixture,
  openFixture,
  PACKAGE,
  PACKAGE_FOLDER,
  release,
  sharedPool,
} from "../../../test-support/disk-fixture.ts";

const OFFERS = "CAP_ABC/offerinf.box";
const GRACE = 60_000;
const made = (generation: number) =>
  release(CAP, capFolders("offerinf.box"), {
    [`${OFFERS}/Systm.lkp`]: `G${generation}.ins`,
    [`${OFFERS}/G${generation}.ins`]: `offer of ${generation}`,
  });
const OTHER = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "alpha" });

interface Case {
  name: string;
  give(site: Fixture): Promise<Outcome>;
  outcome: object;
  /** The generation that is live afterwards. */
  live: number | undefined;
  /** The generation that stays staged. */
  staged?: number;
}

const CASES: Case[] = [
  { name: "a stage", give: (site) => site.stage(made(4), 4), outcome: { kind: "staged" }, live: 2, staged: 4 },
  { name: "an activate", give: (site) => site.activate(CAP, 3, 0), outcome: { kind: "activated" }, live: 3 },
  {
    name: "an undo",
    give: (site) => site.order(CAP, 3, { kind: "undo", graceMs: 0 }),
    outcome: { kind: "failed", code: "NO_PREVIOUS_GENERATION" },
    live: 2,
    staged: 3,
  },
  { name: "a verify", give: (site) => site.verify(made(2), true), outcome: { kind: "verified", right: true }, live: 2, staged: 3 },
  {
    name: "a remove",
    give: (site) => site.order(CAP, 4, { kind: "remove", owned: capFolders("offerinf.box") }),
    outcome: { kind: "removed" },
    live: undefined,
  },
];

test.each(CASES)(
  "A grace time that ends in the middle of $name order loses nothing of the unit",
  async ({ give, outcome, live, staged }) => {
    let inTheMiddle: (() => Promise<void>) | undefined;
    const run: DiskPool["run"] = async (...ask) => {
      const once = inTheMiddle;
      inTheMiddle = undefined;
      await once?.();
      return sharedPool.run(...ask);
    };
    let ahead = 0;
    await using site = await openFixture({ pool: { ...sharedPool, run }, now: () => Date.now() + ahead });
    for (const generation of [1, 2]) {
      await site.stage(made(generation), generation);
      expect(await site.activate(CAP, generation, GRACE)).toMatchObject({ kind: "activated" });
    }
    await site.stage(made(3), 3);
    const previous = site.path("cap", ".sitewright/previous/CAP_ABC/1.2");
    expect(existsSync(previous)).toBe(true);
    let ended = false;
    inTheMiddle = async () => {
      ahead = 2 * GRACE;
      await site.stage(OTHER, 1); // grace times are checked when an order ends
      await expect.poll(() => createUnitStore(site.database).read(CAP).previous).toBeUndefined();
      ended = true;
    };
    expect(await give(site)).toMatchObject(outcome);
    expect(ended).toBe(true);
    const state = createUnitStore(site.database).read(CAP);
    expect(state.live?.generation.counter).toBe(live);
    expect(state.staging?.generation.counter).toBe(staged);
    expect(state.previous).toBeUndefined();
    expect(state.retained).toEqual([]);
    await expect.poll(() => existsSync(previous)).toBe(false);
    expect(existsSync(site.path("cap", OFFERS))).toBe(live !== undefined);
    const verified = live === undefined ? undefined : await site.verify(made(live), true);
    const isRight = verified?.kind === "verified" && verified.right && verified.deviationCount === 0;
    expect(isRight).toBe(live !== undefined);
    const activated = staged === undefined ? undefined : await site.activate(CAP, staged, 0);
    expect(activated?.kind).toBe(staged === undefined ? undefined : "activated");
  },
);

test("A clock that is set ahead ends no grace time", async () => {
  await using site = await openFixture();
  for (const generation of [1, 2]) {
    await site.stage(made(generation), generation);
    await site.activate(CAP, generation, GRACE);
  }
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 86_400_000 });
  onTestFinished(() => void vi.useRealTimers());
  await site.stage(OTHER, 1); // grace times are checked when an order ends
  expect(await site.order(CAP, 3, { kind: "undo", graceMs: 0 })).toMatchObject({ kind: "undone" });
});
