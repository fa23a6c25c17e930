import type { Held } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { canonicalInventory, highestGeneration, inventoryParts } from "./inventory.ts";

const dp: Held = { unit: { role: "dp", name: "ABC00001" }, highest: { epoch: 2, counter: 1 }, previous: false, sourceVersion: 3 };
const cap: Held = {
  ...dp,
  unit: { role: "cap", name: "CAP_ABC" },
  highest: { epoch: 1, counter: 9 },
  live: { generation: { epoch: 1, counter: 9 }, manifest: "ab".repeat(32) },
};

test("one inventory has one text, whatever the order in which it was read", () => {
  expect(canonicalInventory([dp, cap])).toBe(canonicalInventory([cap, dp]));
});

test("every change of what is held changes the text", () => {
  const generation = { epoch: 9, counter: 9 };
  const changes: Held[] = [
    { ...cap, highest: generation },
    { ...cap, live: { generation, manifest: "ab".repeat(32) } },
    { ...cap, live: { generation: { epoch: 1, counter: 9 }, manifest: "cd".repeat(32) } },
    { ...cap, staged: { generation, manifest: "ab".repeat(32) } },
    { ...cap, previous: true },
    { ...cap, sourceVersion: 4 },
    { ...cap, highestVersion: 4 },
  ];
  const texts = [cap, ...changes].map((held) => canonicalInventory([dp, held]));
  expect(new Set(texts).size).toBe(8);
});

test("the highest generation is that of the highest epoch, whatever the counters", () => {
  expect(highestGeneration([cap, dp])).toEqual({ epoch: 2, counter: 1 });
  expect(highestGeneration([])).toBeUndefined();
});

test("an empty inventory is one empty part", () => {
  expect(inventoryParts([])).toEqual([[]]);
});
