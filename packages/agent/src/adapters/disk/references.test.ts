import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { CAP, capFolders, openFixture, release, sharedPool } from "../../../test-support/disk-fixture.ts";

const OFFERS = "CAP_ABC/offerinf.box";

/** The lookup file keeps its name; what it refers to has a name of its own in each generation. */
const made = (generation: number) =>
  release(CAP, capFolders("offerinf.box"), {
    [`${OFFERS}/Systm.lkp`]: `G${generation}.ins`,
    [`${OFFERS}/G${generation}.ins`]: `offer of ${generation}`,
    [`${OFFERS}/deep/G${generation}.ofr`]: `package of ${generation}`,
  });

test("Every reference of many generations stays reachable for its grace time, also through undo and the agent's death", async () => {
  await using site = await openFixture();
  const reachable = (generations: readonly number[]) => {
    for (const generation of generations) {
      expect(readFileSync(site.path("cap", `${OFFERS}/G${generation}.ins`), "utf8")).toBe(`offer of ${generation}`);
      expect(readFileSync(site.path("cap", `${OFFERS}/deep/G${generation}.ofr`), "utf8")).toBe(`package of ${generation}`);
    }
  };
  const generations = [1, 2, 3, 4, 5];
  for (const generation of generations) {
    await site.stage(made(generation), generation);
    expect(await site.activate(CAP, generation)).toMatchObject({ kind: "activated" });
    reachable(generations.slice(0, generation));
  }
  await site.reopen();
  expect(await site.order(CAP, 6, { kind: "undo", graceMs: 60_000 })).toMatchObject({ kind: "undone", manifest: made(4).digest });
  reachable(generations);
  expect(await site.verify(made(4))).toMatchObject({ right: true, deviationCount: 0 });
  await site.stage(made(7), 7);
  expect(await site.activate(CAP, 7)).toMatchObject({ kind: "activated" });
  reachable([...generations, 7]);
  expect(await site.verify(made(7), true)).toMatchObject({ right: true, deviationCount: 0 });
});

test("An activation that is given up after references were laid beside the staged tree can be repeated", async () => {
  const given = new AbortController();
  const run: typeof sharedPool.run = async (root, kind, ask, options) => {
    const answer = await sharedPool.run(root, kind, ask, options);
    if (kind === "link") given.abort();
    return answer;
  };
  await using site = await openFixture({ pool: { ...sharedPool, run } });
  await site.stage(made(1), 1);
  await site.activate(CAP, 1);
  await site.stage(made(2), 2);
  const activation = { kind: "activate", graceMs: 60_000 } as const;
  expect(await site.order(CAP, 2, activation, given.signal)).toMatchObject({ kind: "failed", code: "CANCELLED" });
  expect(existsSync(site.path("cap", `.sitewright/staging/CAP_ABC/1.2/0/G1.ins`))).toBe(true);
  await site.reopen();
  expect(await site.order(CAP, 2, activation)).toMatchObject({ kind: "activated" });
  expect(readFileSync(site.path("cap", `${OFFERS}/G1.ins`), "utf8")).toBe("offer of 1");
  expect(await site.verify(made(2), true)).toMatchObject({ right: true, deviationCount: 0 });
});
