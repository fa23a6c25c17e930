import { expect, test } from "vitest";
import { useCore } from "../../test-support/core-fixture.ts";

const at = useCore();

const warningsOf = async (name: string): Promise<string[] | undefined> =>
  (await at.core.operations.overview()).systems.find((system) => system.name === name)?.warnings;

test("an agent's warning is shown for its system until the agent withdraws it or disconnects", async () => {
  const told: unknown[] = [];
  at.core.liveView.subscribe((event) => event.type === "warnings" && told.push([event.system, event.warnings]));
  await at.fleet.connect("S1", "S2");
  at.core.agentEvents.warned("S1", ["the role root /srv/dp is held"]);
  expect([await warningsOf("S1"), await warningsOf("S2")]).toEqual([["the role root /srv/dp is held"], undefined]);
  at.core.agentEvents.warned("S1", []);
  expect(await warningsOf("S1")).toBeUndefined();
  at.core.agentEvents.warned("S1", ["again"]);
  await at.fleet.disconnect("S1");
  expect(await warningsOf("S1")).toBeUndefined();
  expect(told.slice(0, 2)).toEqual([
    ["S1", ["the role root /srv/dp is held"]],
    ["S1", []],
  ]);
});

test("two agents with one key are shown while they displace each other, and some minutes longer", async () => {
  at.core.agentEvents.cloned("S1", "two agents run with the key of S1");
  await at.fleet.connect("S1");
  await at.fleet.disconnect("S1");
  expect(await warningsOf("S1")).toEqual(["two agents run with the key of S1"]);
  at.pass(6 * 60_000);
  expect(await warningsOf("S1")).toBeUndefined();
});
