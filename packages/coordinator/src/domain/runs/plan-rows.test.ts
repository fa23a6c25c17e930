import { expect, test } from "vitest";
import { finish } from "../slices.ts";
import { planRows as rowsSliced, planTotals, rowsWith, type PlanRow } from "./plan-rows.ts";
import type { Phase } from "./run.ts";

const planRows = (...given: Parameters<typeof rowsSliced>): PlanRow[] => finish(rowsSliced(...given));
const estimate: Phase = {
  id: "r1-1",
  run: "r1",
  number: 1,
  system: "SRVSEC",
  site: "SEC",
  unit: { role: "dp", name: "ABC00001" },
  task: "estimate",
  state: "done",
  priority: "medium",
  address: "SEC",
  generation: { epoch: 1, counter: 1 },
  manifestBytes: 1000,
  sourceVersion: 1,
  files: 3,
  sourceBytes: 1_000_000,
  packedBytes: 500_000,
  epoch: 1,
  wireBytes: 0,
  outcome: { kind: "estimated", files: 3, sourceBytes: 1_000_000, presentBytes: 600_000, indexAgeMs: 0 },
};

test("what is to send is what is missing, as far as samples of it compress, and the manifest", () => {
  const [row] = planRows([estimate], new Map([[estimate.id, 17]]));
  expect(row).toMatchObject({
    system: "SRVSEC",
    unit: "dp/ABC00001",
    reachable: true,
    presentBytes: 600_000,
    wireBytes: 200_800,
    address: "SEC",
    servedAt: 17,
  });
});

test("a system that could not be asked is estimated as if it held nothing, with the reason", () => {
  const failed: Phase = {
    ...estimate,
    state: "failed",
    outcome: { kind: "failed", code: "AGENT_UNREACHABLE", message: "away", retryable: true },
  };
  expect(planRows([failed], new Map())[0]).toMatchObject({
    reachable: false,
    presentBytes: 0,
    wireBytes: 500_800,
    error: { code: "AGENT_UNREACHABLE" },
  });
});

test("phases that are not estimates give no row, and an empty unit sends its manifest", () => {
  expect(planRows([{ ...estimate, task: "stage" }], new Map())).toEqual([]);
  expect(
    planRows(
      [
        {
          ...estimate,
          sourceBytes: 0,
          packedBytes: 0,
          outcome: { kind: "estimated", files: 0, sourceBytes: 0, presentBytes: 0, indexAgeMs: 0 },
        },
      ],
      new Map(),
    )[0]?.wireBytes,
  ).toBe(800);
});

test("totals of a plan count each unit and each unreachable system once, and rows are found by parts of either name", () => {
  const row: PlanRow = { system: "DPSEC", unit: "dp/ABC00001", reachable: true, files: 1, sourceBytes: 10, presentBytes: 4, wireBytes: 5 };
  const rows = [
    { ...row, address: "SEC" },
    { ...row, address: "SEC", unit: "cap/CAP_SEC" },
    { ...row, system: "DPPOR", address: "POR", reachable: false },
    { ...row, system: "DPPOR", reachable: false },
  ];
  expect(finish(planTotals(rows))).toEqual({
    units: 4,
    files: 4,
    sourceBytes: 40,
    presentBytes: 16,
    wireBytes: 20,
    unreachable: ["DPPOR"],
  });
  expect(finish(rowsWith(" dppor ", rows))).toEqual(rows.slice(2));
  expect(finish(rowsWith("cap_", rows))).toEqual(rows.slice(1, 2));
  expect(finish(rowsWith("", rows))).toEqual(rows);
});

test("rows are in the order of their systems, and those of one in the order of the plan", () => {
  const of = (id: string, system: string, name: string): Phase => ({ ...estimate, id, system, unit: { role: "dp", name } });
  const rows = planRows([of("1", "B", "ABC00002"), of("2", "A", "ABC00003"), of("3", "B", "ABC00001")], new Map());
  expect(rows.map(({ system, unit }) => `${system} ${unit}`)).toEqual(["A dp/ABC00003", "B dp/ABC00002", "B dp/ABC00001"]);
});
