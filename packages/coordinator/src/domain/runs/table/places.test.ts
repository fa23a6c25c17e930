import { expect, test } from "vitest";
import { fateOf, type Failure } from "./failures.ts";
import { groupFailures, placeOf } from "./places.ts";

const aFailure = (system: string, unit: string, overrides: Partial<Failure> = {}): Failure => ({
  system,
  unit,
  code: "DISK_FULL",
  message: "2 GB are missing",
  clients: 0,
  ...overrides,
});

test("the same failure of several units or systems is one group, with its systems by name and its clients", () => {
  const failures = [
    aFailure("S2", "dp/A", { clients: 20 }),
    aFailure("S1", "dp/A", { clients: 5 }),
    aFailure("S1", "dp/A", { code: "IO_ERROR" }),
  ];
  expect(groupFailures(failures)).toEqual([
    expect.objectContaining({ code: "DISK_FULL", places: 2, units: 1, unit: "dp/A", systems: ["S1", "S2"], systemCount: 2, clients: 25 }),
    expect.objectContaining({ code: "IO_ERROR", places: 1 }),
  ]);
});

test("up to three reasons of one code are groups of their own, more of them are one", () => {
  const withReasons = (count: number) =>
    groupFailures(Array.from({ length: count }, (_, number) => aFailure("S1", `dp/${number}`, { message: `${number} GB are missing` })));
  expect(withReasons(3).map(({ reason, reasons }) => [reason, reasons])).toEqual([
    ["0 GB are missing", 1],
    ["1 GB are missing", 1],
    ["2 GB are missing", 1],
  ]);
  expect(withReasons(4)).toEqual([expect.objectContaining({ reason: "0 GB are missing", reasons: 4, units: 4 })]);
  expect(withReasons(4)[0]).not.toHaveProperty("unit");
});

test("of very many systems fifty are named, and all are counted", () => {
  const place = placeOf(Array.from({ length: 1_000 }, (_, number) => aFailure(`S${number}`, "dp/A")));
  expect([place.places, place.units, place.systems.length, place.systemCount]).toEqual([1_000, 1, 50, 1_000]);
});

test("what was found wrong stays wrong until a repair of it ended well", () => {
  expect(fateOf({ beforeRepair: false }, [])).toBe("wrong");
  const after = { beforeRepair: true };
  expect([fateOf(after, ["running", "waiting"]), fateOf(after, ["done", "done"]), fateOf(after, ["failed", "skipped"])]).toEqual([
    "repairing",
    "repaired",
    "left-wrong",
  ]);
});
