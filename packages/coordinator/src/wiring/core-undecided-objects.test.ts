import { expect, test } from "vitest";
import type { RunKind } from "@sitewright/protocol";
import type { ObjectDecision } from "@sitewright/protocol/api";
import { LOST_PRIMARY } from "../../../expert/test-support/answers.ts";
import { ANNA } from "../../test-support/fakes.ts";
import type { Problem } from "../domain/sites/hierarchy.ts";
import { useNativeCore } from "../../test-support/native-core-fixture.ts";
import { serveDefinitions } from "../../test-support/served-definitions.ts";

/** SEC is below ABC; XYZ has nothing to do with them. */
const HIERARCHY = `sites:
  ABC: { type: primary, server: A1 }
  SEC: { type: secondary, server: S1, parent: ABC }
  XYZ: { type: primary, server: X1 }
systems:
  A1: { site: ABC, roles: [cap, dp] }
  S1: { site: SEC, roles: [cap] }
  X1: { site: XYZ, roles: [cap] }
`;
const { fixture } = await useNativeCore((first) => {
  first("hierarchy.yaml", HIERARCHY);
  for (const site of ["ABC", "SEC", "XYZ"]) first(`${site}/inboxes/offerinf.box/ABC20001.ofr`, "Version=1\n");
  first("packages/ABC00001/package.yaml", "sourceVersion: 1\ndistributionPoints: [A1]\n");
  first("packages/ABC00001/source/setup.txt", "one");
});

const serve = (held: Parameters<typeof serveDefinitions>[1]) => serveDefinitions(fixture.fleet, held);
const OFFER = "offerinf.box/ABC20002.ofr";
const PROGRAM = "pkginfo.box/ABC00001.pkg";
const open = () => fixture.core.recoveries.open(ANNA, { site: "ABC", answers: LOST_PRIMARY });
const start = (kind: RunKind, asked = {}) => fixture.core.operations.start(ANNA, kind, { recovery: "ABC", ...asked });
const decide = (object: string, decision: ObjectDecision) => fixture.core.objects.decide(ANNA, "ABC", { object, decision });
/** The sources that these site data lack are problems as well. */
const undecided = (problems: readonly Problem[]) => problems.filter(({ code }) => code === "OBJECTS_UNDECIDED");
const refusal = (text: string) => ({ code: "OBJECTS_UNDECIDED", message: expect.stringContaining(text) as string });

test("a rebuild that a recovery orders is refused while its client access point holds definitions about which nobody has decided", async () => {
  serve({ A1: { "offerinf.box/ABC20001.ofr": "Version=2\n", [OFFER]: "Version=1\n", [PROGRAM]: "Version=1\n" } });
  await fixture.fleet.connect("A1");
  await open();
  await expect(start("rebuild", { sites: ["ABC"] })).rejects.toMatchObject(
    refusal(
      "A1 would lose 3 definitions that were made or changed after the backup of ABC, and nobody has decided: advertisement/ABC20001, advertisement/ABC20002, program/ABC00001. 'sitewright repair-objects --site ABC'",
    ),
  );
  for (const kind of ["repair", "redistribute"] as const)
    await expect(start(kind, { sites: ["ABC"] })).rejects.toMatchObject(refusal("3 definitions"));
  await expect(start("remove", { systems: ["A1"] })).rejects.toMatchObject(refusal("3 definitions"));
  expect([await fixture.core.operations.runs(9), fixture.fleet.orders()]).toEqual([[], []]);
});

test("after each decision fewer definitions are in the way, and after the last the rebuild is done", async () => {
  serve({ A1: { "offerinf.box/ABC20001.ofr": "Version=2\n", [OFFER]: "Version=1\n", [PROGRAM]: "Version=1\n" } });
  await fixture.fleet.connect("A1");
  await open();
  await decide("advertisement/ABC20001", "keep");
  await expect(start("rebuild", { systems: ["A1"] })).rejects.toMatchObject(refusal("2 definitions"));
  await decide("advertisement/ABC20002", "bring-back");
  await expect(start("rebuild", { systems: ["A1"] })).rejects.toMatchObject(refusal("1 definition that was"));
  await decide("program/ABC00001", "remove");
  const { id, problems } = await start("rebuild", { systems: ["A1"] });
  expect(undecided(problems)).toEqual([]);
  await fixture.reaches(id, "done");
  await fixture.core.objects.undo(ANNA, "ABC", "program/ABC00001");
  await expect(start("rebuild", { systems: ["A1"] })).rejects.toMatchObject(refusal("program/ABC00001"));
});

test("a client access point of a site below is not rebuilt over undecided definitions either, and one of another site is", async () => {
  serve({ S1: { [OFFER]: "Version=1\n" }, X1: { [OFFER]: "Version=1\n" } });
  await fixture.fleet.connect("A1", "S1", "X1");
  await open();
  await expect(start("rebuild", { sites: ["SEC"] })).rejects.toMatchObject(refusal("S1 would lose 1 definition"));
  for (const asked of [{ sites: ["XYZ"] }, { sites: ["ABC"] }]) await fixture.reaches((await start("rebuild", asked)).id, "done");
});

test("distribution points alone are rebuilt whatever is undecided, and so is the client access point of a site that nobody recovers", async () => {
  serve({ A1: { [OFFER]: "Version=1\n" } });
  await fixture.fleet.connect("A1");
  const before = await start("rebuild", { recovery: undefined, systems: ["A1"] });
  await fixture.reaches(before.id, "done");
  await open();
  const count = fixture.fleet.orders().length;
  await fixture.reaches((await start("rebuild", { sites: ["ABC"], roles: ["dp"] })).id, "done");
  const ordered = fixture.fleet.orders().map(({ order }) => order.unit.role);
  expect([new Set(ordered.slice(0, count)), new Set(ordered.slice(count))]).toEqual([new Set(["cap", "dp"]), new Set(["dp"])]);
});

test("a dry run is made and says what is undecided, and a rebuild says which client access points could not be asked", async () => {
  serve({ A1: { [OFFER]: "Version=1\n" } });
  await fixture.fleet.connect("A1");
  await open();
  const plan = await start("plan", { sites: ["ABC"] });
  expect(undecided(plan.problems)).toMatchObject([{ ...refusal("advertisement/ABC20002"), leftOut: false }]);
  await fixture.fleet.disconnect("A1");
  const { id, problems } = await start("rebuild", { sites: ["ABC"] });
  expect(undecided(problems)).toMatchObject([{ ...refusal("A1 could not be asked"), site: "ABC", leftOut: false }]);
  await fixture.core.operations.cancel(ANNA, id);
});

test("a run that failed is not retried over what was found undecided since", async () => {
  await fixture.fleet.connect("A1");
  await open();
  fixture.fleet.answer = () => ({ kind: "failed", code: "IO_ERROR", message: "", retryable: false });
  const { id } = await start("rebuild", { systems: ["A1"], roles: ["cap"] });
  await fixture.reaches(id, "failed");
  serve({ A1: { [OFFER]: "Version=1\n" } });
  await expect(fixture.core.operations.retry(ANNA, id)).rejects.toMatchObject(refusal("advertisement/ABC20002"));
});
