import { expect, test } from "vitest";
import { aChange, anOverview, aRun, aSystem } from "../test-support.ts";
import { foldOverview } from "./fold.ts";

test("a change updates connected and disconnected agents, and runs newest first", () => {
  const before = anOverview({
    systems: [aSystem({ connected: true, since: 5 }), aSystem({ name: "DPSEC" })],
    runs: [aRun({ id: "old", createdAt: 1 })],
  });
  const after = foldOverview(
    before,
    aChange(11, {
      systems: [{ name: "SRVSEC", connected: false, lastSeen: 7 }],
      runs: [aRun({ id: "new", createdAt: 2 }), aRun({ id: "old", createdAt: 1, state: "done" })],
    }),
  );
  expect(after.systems[0]).toMatchObject({ connected: false, lastSeen: 7 });
  expect(after.systems[0]).not.toHaveProperty("since");
  expect(after.systems[1]).toBe(before.systems[1]);
  expect(after.runs.map(({ id, state }) => [id, state])).toEqual([
    ["new", "running"],
    ["old", "done"],
  ]);
});

test("a change sets an agent's warnings, and removes them again", () => {
  const before = anOverview({ systems: [aSystem(), aSystem({ name: "DPSEC" })] });
  const warned = foldOverview(before, aChange(11, { warnings: { DPSEC: ["held"] } }));
  expect(warned.systems.map(({ warnings }) => warnings)).toEqual([undefined, ["held"]]);
  const mended = foldOverview(warned, aChange(12, { warnings: { DPSEC: [] } }));
  expect(mended.systems.every((system) => !("warnings" in system))).toBe(true);
});
