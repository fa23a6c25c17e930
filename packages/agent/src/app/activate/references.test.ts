import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { asRoot, isRoot } from "@sitewright/testkit/account";
import { CAP, capFolders, openFixture, release, sharedPool } from "../../../test-support/disk-fixture.ts";
import { runAsNobody } from "../../../test-support/run-as-nobody.ts";

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

test.runIf(isRoot)(
  "A reference that may have no second name is kept as a copy, an unreadable one is dropped, and all others are kept",
  async () => {
    await using site = await openFixture();
    using undo = new DisposableStack();
    runAsNobody(site, undo);
    const names = ["A.ins", "B.ins", "C.ins", "D.ins"];
    const old = release(CAP, capFolders("offerinf.box"), Object.fromEntries(names.map((name) => [`${OFFERS}/${name}`, `offer ${name}`])));
    await site.stage(old, 1);
    await site.activate(CAP, 1);
    await site.stage(made(2), 2);
    // The system prevents links to files of others (protected_hardlinks), and the last of them is unreadable.
    for (const [name, mode] of [
      ["B.ins", 0o644],
      ["C.ins", 0o600],
    ] as const) {
      asRoot(() => chownSync(site.path("cap", `${OFFERS}/${name}`), 0, 0));
      asRoot(() => chmodSync(site.path("cap", `${OFFERS}/${name}`), mode));
    }
    expect(await site.activate(CAP, 2, 60_000)).toMatchObject({ kind: "activated" });
    const kept = names.filter((name) => existsSync(site.path("cap", `${OFFERS}/${name}`)));
    expect(kept).toEqual(["A.ins", "B.ins", "D.ins"]);
    expect(readFileSync(site.path("cap", `${OFFERS}/B.ins`), "utf8")).toBe("offer B.ins");
    expect(site.logged.map(({ message }) => message)).toContain(
      "references of the previous generation cannot be kept for their grace time",
    );
    expect(await site.verify(made(2))).toMatchObject({ right: true, deviationCount: 0 });
  },
);

test.runIf(isRoot)("Copies of references are removed at the end of their grace time as links are", async () => {
  await using site = await openFixture();
  await site.stage(made(1), 1);
  await site.activate(CAP, 1);
  await site.stage(made(2), 2);
  const live = site.path("cap", `${OFFERS}/G1.ins`);
  execFileSync("chattr", ["+i", live]); // the system links no immutable file
  expect(await site.activate(CAP, 2, 3_000)).toMatchObject({ kind: "activated" });
  execFileSync("chattr", ["-i", site.path("cap", ".sitewright/previous/CAP_ABC/1.2/0/G1.ins")]);
  expect(readFileSync(live, "utf8")).toBe("offer of 1");
  await expect.poll(() => existsSync(live)).toBe(false);
  expect(await site.verify(made(2), true)).toMatchObject({ right: true, deviationCount: 0 });
});

test.runIf(isRoot)(
  "A reference that cannot be removed when its grace time ends is not a deviation: the removal is tried again later",
  async () => {
    await using site = await openFixture();
    using undo = new DisposableStack();
    await site.stage(made(1), 1);
    await site.activate(CAP, 1);
    await site.stage(made(2), 2);
    expect(await site.activate(CAP, 2, 3_000)).toMatchObject({ kind: "activated" });
    const live = site.path("cap", `${OFFERS}/G1.ins`);
    execFileSync("chattr", ["+i", live]);
    undo.defer(() => execFileSync("chattr", ["-i", live]));
    const failed = "a reference kept for its grace time cannot be removed";
    await expect.poll(() => site.logged.map(({ message }) => message)).toContain(failed);
    expect(existsSync(live)).toBe(true);
    expect(await site.verify(made(2))).toMatchObject({ right: true, deviationCount: 0 });
  },
);
