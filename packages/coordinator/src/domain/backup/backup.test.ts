import { compareGenerations, compareTenures } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { nextGeneration } from "../sites/generation.ts";
import { backupFault, nextTenure, restoredState, restoredTenure, type Backup } from "./backup.ts";

const NOW = 1_790_000_000_000;
const BACKUP: Backup = {
  coordinator: "0b7c5a58-2f52-4f8b-9a53-8b6f0f5b2c11",
  tenure: { restored: 0, started: NOW - 5 },
  caKey: "key",
  state: { agents: [{ system: "S1", key: "aa00", joinedAt: 7 }], generation: { epoch: 1, counter: NOW * 1000 }, overrides: {} },
  units: { "dp/ABC00001": "{}" },
  ledger: ["{}"],
};

test("generations after a restore are above all that the lost coordinator ordered after the backup, also with a clock that was years ahead", () => {
  const { generation } = restoredState(BACKUP.state);
  const orderedAfterwards = { epoch: 1, counter: (NOW + 5 * 365 * 86_400_000) * 1000 };
  expect(compareGenerations(nextGeneration([generation], NOW * 1000), orderedAfterwards)).toBeGreaterThan(0);
  expect(restoredState({ ...BACKUP.state, generation: undefined as never }).generation).toEqual({ epoch: 2, counter: 0 });
});

test("a restored coordinator comes after the lost one whenever that starts again, and the later one of two restores after the earlier", () => {
  const lost = nextTenure(BACKUP.tenure, NOW + 1_000_000);
  const restored = nextTenure(restoredTenure(BACKUP.tenure, NOW), NOW);
  const again = nextTenure(restoredTenure(BACKUP.tenure, NOW + 1), NOW + 1);
  expect([compareTenures(restored, lost) > 0, compareTenures(again, restored) > 0]).toEqual([true, true]);
});

test("tenures rise with each start and each restore, also with a clock that is behind", () => {
  const first = nextTenure(undefined, NOW);
  const second = nextTenure(first, NOW - 1_000);
  expect(compareTenures(second, first)).toBeGreaterThan(0);
  expect(restoredTenure({ restored: NOW, started: 1 }, NOW - 1_000)).toEqual({ restored: NOW + 1, started: 0 });
});

test.each([
  ["coordinator", { coordinator: "../.." }],
  ["tenure", { tenure: { restored: -1, started: 1 } }],
  ["state", { state: { ...BACKUP.state, agents: [{ system: "S1", key: "xyz" }] } }],
  ["units", { units: { "dp/A": 7 } }],
  ["ledger", { ledger: ["{}\n{}"] }],
])("a backup whose field %s is not what it should be is recognised by that field", (name, part) => {
  expect(backupFault(BACKUP)).toBeUndefined();
  expect(backupFault({ ...BACKUP, ...part })).toBe(name);
});
