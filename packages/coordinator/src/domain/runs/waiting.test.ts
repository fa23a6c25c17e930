import { expect, test } from "vitest";
import { aPhase } from "../../../test-support/fakes.ts";
import { waitsFor } from "./phase.ts";

const window = { address: "SEC", timeZone: "UTC", opensAt: 5 };

test("a phase is published again only when it waits for something else, or for another time", () => {
  const waiting = aPhase({ state: "waiting", waitingFor: "backoff" });
  const closed = waitsFor(waiting, "window-closed", window);
  expect(closed).toMatchObject({ waitingFor: "window-closed", window });
  expect(waitsFor(closed, "window-closed", { ...window })).toBe(closed);
  expect(waitsFor(closed, "window-closed", { ...window, opensAt: 6 }).window?.opensAt).toBe(6);
  expect(waitsFor(closed, "address-busy", undefined)).not.toHaveProperty("window");
  const running = aPhase({ state: "running" });
  expect(waitsFor(running, "window-closed", window)).toBe(running);
});
