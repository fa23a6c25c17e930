import { mkdirSync, renameSync, rmSync } from "node:fs";
import { expect, test } from "vitest";
import type { RunKind } from "@sitewright/protocol";
import { LOST_PRIMARY } from "../../../expert/test-support/answers.ts";
import { ANNA } from "../../test-support/fakes.ts";
import { useNativeCore } from "../../test-support/native-core-fixture.ts";

const HIERARCHY = `
sites:
  ABC: { type: primary, server: A1 }
  SEC: { type: secondary, parent: ABC, server: S1 }
systems:
  A1: { site: ABC, roles: [cap, dp] }
  S1: { site: SEC, roles: [dp] }
`;

const { fixture, place, write } = await useNativeCore((first) => {
  first("hierarchy.yaml", HIERARCHY);
  first("ABC/site.yaml", "serials: { packages: 40 }\n");
  for (let i = 1; i <= 5; i++) {
    first(`packages/ABC0000${i}/package.yaml`, "distributionPoints: [A1, S1]\n");
    first(`packages/ABC0000${i}/source/a.txt`, `of ${i}`);
    first(`ABC/inboxes/offerinf.box/ABC2000${i}.ofr`, "[Advertisement]\r\n");
  }
  first("packages/SEC00001/package.yaml", "distributionPoints: [S1]\n");
  first("packages/SEC00001/source/a.txt", "of SEC");
});

const abc = async () => (await fixture.core.serials.sites()).find(({ code }) => code === "ABC");
async function planned(kind: RunKind, options = {}) {
  const { id } = await fixture.core.operations.start(ANNA, kind, options);
  const ended = async () => (await fixture.core.operations.run(id)).run.endedAt !== undefined;
  await expect.poll(ended, { interval: 20 }).toBe(true);
  return fixture.core.operations.run(id);
}

test("a site whose folder is empty is left out with what was seen of it, also after a restart, and is the same again once it is back", async () => {
  await fixture.fleet.connect("A1", "S1");
  renameSync(place("ABC"), place("away"));
  mkdirSync(place("ABC"));
  await fixture.core.stop();
  await fixture.restart();
  await fixture.fleet.connect("A1", "S1");
  const { run, phases } = await planned("rebuild");
  expect(new Set(phases.map(({ system }) => system))).toEqual(new Set(["S1"]));
  expect(run.problems).toContainEqual(
    expect.objectContaining({
      code: "SITE_DATA_SHRANK",
      site: "ABC",
      message: expect.stringMatching(
        /of 1 folder none is left; of 5 advertisements none is left \(they were seen .*sitewright site accept ABC --reason/,
      ) as string,
    }),
  );
  expect(run.problems.map(({ code }) => code)).not.toContain("RECOVERY_REQUIRED");
  await expect(fixture.core.serials.plan("ABC", [])).rejects.toThrow("before its numbers are checked");
  rmSync(place("ABC"), { recursive: true });
  renameSync(place("away"), place("ABC"));
  expect(await abc()).toMatchObject({ shrunk: [], signs: [] });
});

test("a site that lacks most of its packages has nothing removed or rolled out at its systems, and other sites keep what is gone", async () => {
  const held = (name: string) => ({
    unit: { role: "dp" as const, name },
    live: { generation: { epoch: 1, counter: 1 }, manifest: "a".repeat(64) },
    previous: false,
    sourceVersion: 0,
  });
  fixture.fleet.holds.set("A1", [held("ABC00001"), held("ABC00002")]);
  await fixture.fleet.connect("A1", "S1");
  for (let i = 1; i <= 3; i++) rmSync(place(`packages/ABC0000${i}`), { recursive: true });
  await expect(fixture.core.operations.start(ANNA, "remove", { systems: ["A1"] })).rejects.toThrow(
    /^no system serves a unit[^]*SITE_DATA_SHRANK: .*of 5 packages 2 are left/,
  );
  const { phases } = await planned("rebuild");
  expect(phases.filter(({ system }) => system === "A1")).toEqual([]);
  const isGone = ({ outcome }: (typeof phases)[number]) => outcome?.kind === "failed" && outcome.code === "SOURCE_GONE";
  expect(new Set(phases.filter(isGone).map(({ unit }) => unit.name))).toEqual(new Set(["ABC00001", "ABC00002", "ABC00003"]));
  expect(new Set(fixture.fleet.orders().map(({ order }) => order.unit.name))).toEqual(new Set(["ABC00004", "ABC00005", "SEC00001"]));
});

test("one of three that goes is no shrinking", async () => {
  await fixture.core.operations.start(ANNA, "plan", {});
  for (let i = 1; i <= 2; i++) rmSync(place(`packages/ABC0000${i}`), { recursive: true });
  expect((await abc())?.shrunk).toEqual([]);
});

test("accepting a shrunk site makes its state the new normal, with name and reason in the ledger; lowered numbers are reported next", async () => {
  const asked = fixture.core.serials;
  await asked.sites();
  rmSync(place("ABC"), { recursive: true });
  write("ABC/site.yaml", "serials: { packages: 31 }\n");
  await expect(asked.accept(ANNA, "SEC", "why")).rejects.toThrow("nothing of SEC is missing");
  const state = await asked.accept(ANNA, "ABC", "moved to another site");
  expect([state.shrunk, state.signs]).toEqual([[], [expect.stringContaining('"packages" is 31, and 40 was seen')]]);
  expect((await asked.accept(ANNA, "ABC", "and begun again")).signs).toEqual([]);
  await fixture.core.stop();
  await fixture.restart();
  expect(await abc()).toMatchObject({ shrunk: [], signs: [] });
});

test("a recovery does not end as recovered while most of its site is missing, and the check of its numbers fails for that", async () => {
  await fixture.core.serials.sites();
  const { recoveries, recoveryWork } = fixture.core;
  const { id, tasks } = await recoveries.open(ANNA, { site: "ABC", answers: LOST_PRIMARY });
  rmSync(place("ABC/inboxes"), { recursive: true });
  for (const task of tasks) if (task.id !== "V06") await recoveries.record(ANNA, id, task.id, { state: "not-needed" });
  const checked = await recoveryWork.perform(ANNA, id, "V06", {});
  const missing = expect.stringContaining("of 5 advertisements none is left") as string;
  expect(checked.tasks.find((task) => task.id === "V06")).toMatchObject({ state: "failed", records: [{ reason: missing }] });
  await recoveries.record(ANNA, id, "V06", { state: "done" });
  await expect(recoveries.finish(ANNA, id, { outcome: "recovered" })).rejects.toThrow("of 5 advertisements none is left");
  const { end } = await recoveries.finish(ANNA, id, { outcome: "with-losses", losses: ["all offers"] });
  expect(end?.signs).toEqual(expect.arrayContaining([expect.stringContaining("none is left")]));
});
