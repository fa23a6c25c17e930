import { expect, test } from "vitest";
import type { RunKind } from "@sitewright/protocol";
import type { ObjectDecision } from "@sitewright/protocol/api";
import { LOST_PRIMARY } from "../../../expert/test-support/answers.ts";
import { ANNA } from "../../test-support/fakes.ts";
import { success } from "../../test-support/core-fleet.ts";
import { useNativeCore } from "../../test-support/native-core-fixture.ts";
import { serveDefinitions } from "../../test-support/served-definitions.ts";

/** SEC is below ABC. */
const HIERARCHY = `sites:
  ABC: { type: primary, server: A1 }
  SEC: { type: secondary, server: S1, parent: ABC }
systems:
  A1: { site: ABC, roles: [cap, dp] }
  S1: { site: SEC, roles: [cap] }
`;
const { fixture } = await useNativeCore((first) => {
  first("hierarchy.yaml", HIERARCHY);
  for (const site of ["ABC", "SEC"]) first(`${site}/inboxes/offerinf.box/ABC20001.ofr`, "Version=1\n");
  first("packages/ABC00001/package.yaml", "sourceVersion: 1\ndistributionPoints: [A1]\n");
  first("packages/ABC00001/source/setup.txt", "one");
});

const HELD = { "offerinf.box/ABC20001.ofr": "Version=2\n", "offerinf.box/ABC20002.ofr": "Version=1\n" };
const open = () => fixture.core.recoveries.open(ANNA, { site: "ABC", answers: LOST_PRIMARY });
const start = (kind: RunKind, asked = {}) => fixture.core.operations.start(ANNA, kind, { recovery: "ABC", ...asked });
const decide = (object: string, decision: ObjectDecision) => fixture.core.objects.decide(ANNA, "ABC", { object, decision });
const serve = (held: Parameters<typeof serveDefinitions>[1]) => serveDefinitions(fixture.fleet, held);
const phases = async (run: string) => (await fixture.core.operations.run(run)).phases;
const held = async (run: string) =>
  (await phases(run)).flatMap(({ system, task, undecided }) =>
    undecided ? [`${system} ${task}: ${undecided.definitions} of ${undecided.site}`] : [],
  );
const ordered = (role: string) => fixture.fleet.orders().filter(({ order }) => order.unit.role === role);

test("an order that waited for its agent is held when the agent brings undecided definitions, and goes with what was decided after the last decision", async () => {
  await open();
  const { id, problems } = await start("rebuild", { systems: ["A1"] });
  expect(problems).toContainEqual(
    expect.objectContaining({ code: "OBJECTS_UNDECIDED", message: expect.stringContaining("its orders wait") as string }),
  );
  const [planned] = await phases(id);
  serve({ A1: HELD });
  await fixture.fleet.connect("A1");
  await expect.poll(() => held(id)).toEqual(["A1 stage: 2 of ABC"]);
  await expect.poll(() => ordered("dp").length, { interval: 20 }).toBe(2);
  await decide("advertisement/ABC20001", "keep");
  await expect.poll(() => held(id)).toEqual(["A1 stage: 1 of ABC"]);
  expect(ordered("cap")).toEqual([]);
  await decide("advertisement/ABC20002", "bring-back");
  await fixture.reaches(id, "done");
  const [sent] = await phases(id);
  const again = await start("rebuild", { systems: ["A1"], roles: ["cap"] });
  await fixture.reaches(again.id, "done");
  const [present] = await phases(again.id);
  expect([sent?.manifest === planned?.manifest, sent?.manifest === present?.manifest]).toEqual([false, true]);
});

test("an order to a client access point of a site below is held as well, and so is one that removes it", async () => {
  await open();
  const rebuild = await start("rebuild", { recovery: undefined, systems: ["S1"] });
  serve({ S1: HELD });
  await fixture.fleet.connect("S1");
  await expect.poll(() => held(rebuild.id)).toEqual(["S1 stage: 2 of ABC"]);
  await fixture.core.operations.cancel(ANNA, rebuild.id);
  await fixture.fleet.disconnect("S1");
  const remove = await start("remove", { recovery: undefined, systems: ["S1"] });
  await fixture.fleet.connect("S1");
  await expect.poll(() => held(remove.id)).toEqual(["S1 remove: 2 of ABC"]);
  for (const object of ["ABC20001", "ABC20002"]) await decide(`advertisement/${object}`, object === "ABC20001" ? "keep" : "remove");
  await expect.poll(() => fixture.fleet.orders("remove").map(({ system }) => system)).toEqual(["S1"]);
});

test("what is found undecided after the staging holds the activation, and the unit is staged again with what was brought back", async () => {
  await open();
  await fixture.fleet.connect("A1");
  fixture.fleet.answer = () => undefined;
  const { id } = await start("rebuild", { systems: ["A1"], roles: ["cap"] });
  await fixture.accepted(id, 1);
  serve({ A1: { "offerinf.box/ABC20002.ofr": "Version=1\n" } });
  // What was heard of its definitions does not count any more; that the order does not advance is no failure yet.
  fixture.pass(20 * 60_000);
  fixture.fleet.answer = success;
  for (const { system, order } of ordered("cap")) await fixture.fleet.report(system, order, success(order));
  await expect.poll(() => held(id)).toEqual(["A1 activate: 1 of ABC"]);
  await decide("ABC20002", "bring-back");
  await fixture.reaches(id, "done");
  expect(ordered("cap").map(({ order }) => order.task.kind)).toEqual(["stage", "stage", "activate"]);
});

test("the end of a recovery decides about no object: its orders stay held, after a restart too, and a run that is started afterwards goes", async () => {
  const { id: recovery } = await open();
  const { id } = await start("rebuild", { systems: ["A1"], roles: ["cap"] });
  await fixture.core.recoveries.abandon(ANNA, recovery, "a test");
  serve({ A1: HELD });
  await fixture.core.stop();
  await fixture.restart();
  await fixture.fleet.connect("A1");
  await expect.poll(() => held(id)).toEqual(["A1 stage: 2 of ABC"]);
  fixture.pass(1_000);
  const later = await start("rebuild", { recovery: undefined, systems: ["A1"], roles: ["cap"] });
  await fixture.reaches(later.id, "done");
});

test("an order waits while its agent cannot say what lies there, and goes when it has said that nothing does", async () => {
  await open();
  const { id } = await start("rebuild", { systems: ["A1"], roles: ["cap"] });
  fixture.fleet.tell = () => ({ last: true, failure: { code: "IO_ERROR", message: "the disk fails" } });
  await fixture.fleet.connect("A1");
  await expect.poll(async () => (await phases(id))[0]?.waitingFor).toBe("agent-inventory");
  fixture.fleet.tell = () => ({ last: true });
  fixture.pass(60_000);
  await fixture.reaches(id, "done");
});
