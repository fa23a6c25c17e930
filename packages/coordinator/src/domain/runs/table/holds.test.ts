import { expect, test } from "vitest";
import { aPhase } from "../../../../../protocol/test-support/phases.ts";
import type { Phase } from "../run.ts";
import { createHolds } from "./holds.ts";

const window = (opensAt: number) => ({ address: "SEC", timeZone: "UTC", opensAt });
const aWaiting = (overrides: Partial<Phase>): Phase => aPhase({ state: "waiting", ...overrides });

test.each<[Partial<Phase>, string | undefined]>([
  [{ state: "waiting", waitingFor: "site-quarantined", site: "POR" }, "quarantine POR"],
  [{ state: "waiting", waitingFor: "objects-undecided", undecided: { site: "ABC", definitions: 2 } }, "undecided ABC"],
  [{ state: "waiting", waitingFor: "folder-in-use", inUse: { since: 1, tries: 1, message: "" } }, "in-use SRV1 dp/ABC00001"],
  [{ state: "waiting", waitingFor: "window-closed", address: "SEC" }, "line-closed SEC"],
  [{ state: "waiting", waitingFor: "address-paused", address: "SEC" }, "line-paused SEC"],
  [{ state: "running", stalledSince: 1 }, "stalled SRV1"],
  [{ state: "running", stalledSince: 1, lostSince: 2 }, undefined],
  [{ state: "running", stalledSince: 1, cancelBy: 2 }, undefined],
  [{ state: "running", inUse: { since: 1, tries: 1, message: "" } }, undefined],
  [{ state: "waiting", waitingFor: "earlier-phase" }, undefined],
  [{ state: "failed", stalledSince: 1 }, undefined],
])("of a phase with %o an operator is told %s", (facts, told) => {
  const holds = createHolds();
  holds.put(undefined, aPhase(facts));
  expect([...holds.all()].map(({ kind, about }) => `${kind} ${about}`)).toEqual(told === undefined ? [] : [told]);
});

test("phases that the same thing keeps back are counted by system until each goes on", () => {
  const holds = createHolds();
  const waiting = [
    aWaiting({ id: "a", system: "S1", waitingFor: "window-closed", window: window(9), priority: "low" }),
    aWaiting({ id: "b", system: "S1", waitingFor: "window-closed", window: window(5), priority: "high" }),
    aWaiting({ id: "c", system: "S2", waitingFor: "window-closed", window: window(9), priority: "low" }),
  ];
  for (const phase of waiting) holds.put(undefined, phase);
  const [first] = [...holds.all()];
  expect(first).toMatchObject({ kind: "line-closed", about: "SEC", phases: 3 });
  expect([...(first?.systems ?? [])]).toEqual([
    ["S1", 2],
    ["S2", 1],
  ]);
  expect([...(first?.windows.values() ?? [])].map(({ opensAt }) => opensAt)).toEqual([9, 5]);
  for (const phase of waiting) holds.put(phase, { ...phase, state: "running" });
  expect([...holds.all()]).toEqual([]);
});
