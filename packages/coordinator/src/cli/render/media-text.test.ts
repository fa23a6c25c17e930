import type { MediaPlan } from "@sitewright/protocol/api";
import { expect, test } from "vitest";
import { renderMediaPlan } from "./media-text.ts";

const NOW = Date.UTC(2026, 0, 5, 12);

function planOf(...orders: MediaPlan["orders"]): MediaPlan {
  const unit = { role: "dp" as const, name: "ABC00001" };
  const content = { manifest: "", manifestBytes: 0, files: 1, sourceBytes: 1_000_000, sourceVersion: 1, root: "", owned: [] };
  const nothing = { leftOut: [], there: 0, problems: [], keys: [], held: [] };
  return { coordinator: "c", at: NOW, units: [{ unit, ...content }], orders, graceMs: 0, acceptOlder: false, ...nothing };
}

test("a line whose rate nobody knows is not said to bring nothing, and each reason is given once", () => {
  const plan = planOf(
    { system: "SRV1", unit: 0, by: "medium", open: "no-rate" },
    { system: "SRV2", unit: 0, by: "medium", open: "no-rate" },
    { system: "SRV3", unit: 0, by: "medium", open: "address-paused" },
  );
  const text = renderMediaPlan(plan, { courier: undefined, volumes: 1, bytes: 1_000_000 });
  expect(text).toMatch(/SRV1 .*medium +not known/);
  expect(text).toMatch(/SRV3 .*medium +never/);
  expect(text.match(/by the line not known: no limit is stated, and nothing was measured yet/g)).toHaveLength(1);
  expect(text).toContain("by the line never: the rest waits until the address is resumed");
});
