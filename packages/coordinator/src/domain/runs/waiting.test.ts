import { expect, test } from "vitest";
import { aPhase } from "../../../test-support/fakes.ts";
import { waitsFor } from "./phase.ts";

const window = { address: "SEC", timeZone: "UTC", opensAt: 5 };

test("a phase is published again only when it waits for something else, or for another time", () => {
  const waiting = aPhase({ state: "waiting", waitingFor: "backoff" });
  const closed = waitsFor(waiting, "window-closed", { window });
  expect(closed).toMatchObject({ waitingFor: "window-closed", window });
  expect(waitsFor(closed, "window-closed", { window: { ...window } })).toBe(closed);
  expect(waitsFor(closed, "window-closed", { window: { ...window, opensAt: 6 } }).window?.opensAt).toBe(6);
  expect(waitsFor(closed, "address-busy", {})).not.toHaveProperty("window");
  const running = aPhase({ state: "running" });
  expect(waitsFor(running, "window-closed", { window })).toBe(running);
});

test("how much is undecided is published again when a person has decided about some of it", () => {
  const held = waitsFor(aPhase({ state: "waiting" }), "objects-undecided", { undecided: { site: "ABC", definitions: 2 } });
  expect(waitsFor(held, "objects-undecided", { undecided: { site: "ABC", definitions: 2 } })).toBe(held);
  expect(waitsFor(held, "objects-undecided", { undecided: { site: "ABC", definitions: 1 } }).undecided?.definitions).toBe(1);
  expect(waitsFor(held, "system-busy", {})).not.toHaveProperty("undecided");
});
