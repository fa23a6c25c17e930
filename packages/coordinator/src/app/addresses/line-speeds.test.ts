import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { aHierarchy, anAddress } from "../../../test-support/fakes.ts";
import { createLineSpeeds, type Uptake } from "./line-speeds.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const BUDGET = 2_000_000;
type Taking = Uptake & { roundTripMs: number | undefined };
const SLOW: Partial<Taking> = { out: 125_000, isHeld: true };

/** Line SEC, which leads through ABC, and the events published about them. */
function aWatch(budget = { now: BUDGET }) {
  const told: string[] = [];
  const note = (level: string) => (_: object, message: string) => void told.push(`${level}: ${message}`);
  const speeds = createLineSpeeds({
    hierarchy: () => aHierarchy([anAddress("SEC", { bandwidth: budget.now, via: "ABC" }), anAddress("ABC", { bandwidth: 10 * BUDGET })]),
    live: { address: (key) => void told.push(`changed: ${key}`) },
    clock: () => Date.now(),
    steady: () => Date.now(),
    log: { debug: note("debug"), info: note("info"), warn: note("warn"), error: note("error") },
  });
  /** A system that receives at this rate, bit/s. */
  function join(system: string, rate: number, taking: Partial<Taking>) {
    const began = Date.now();
    const gone = new AbortController();
    const taken = (): number => ((Date.now() - began) * rate) / 8000;
    const { roundTripMs, ...state } = { out: 0, isHeld: false, isBusy: false, roundTripMs: 40, ...taking };
    speeds.watch(system, { state: () => ({ taken: taken(), ...state }), roundTripMs: () => roundTripMs }, gone.signal);
    return gone;
  }
  return { speeds, told, join };
}

test("a line slower than stated is reported once, and its measured rate is used; the line before it is not blamed", () => {
  const { speeds, told, join } = aWatch();
  join("SRV2", 500_000, SLOW);
  vi.advanceTimersByTime(20_000);
  expect(speeds.found("SEC")).toBeGreaterThan(500_000);
  expect(speeds.carried("SEC", BUDGET)).toBeLessThan(650_000);
  expect(speeds.found("ABC")).toBeUndefined();
  expect(told).toEqual(["warn: the line of SEC carries less than stated", "changed: SEC"]);
  speeds.stop();
});

test("the measured rate of a line is dropped when the budget falls below it, even without traffic", () => {
  const budget = { now: BUDGET };
  const { speeds, join } = aWatch(budget);
  const transfer = join("SRV2", 500_000, SLOW);
  join("SRV3", 0, {});
  vi.advanceTimersByTime(20_000);
  transfer.abort();
  vi.advanceTimersByTime(20_000);
  expect(speeds.found("SEC")).toBeGreaterThan(500_000);
  budget.now = 256_000;
  vi.advanceTimersByTime(1_000);
  expect(speeds.found("SEC")).toBeUndefined();
  speeds.stop();
});

test.each([
  ["says that it is busy", { ...SLOW, isBusy: true }],
  ["has a window as long as its round trip", { ...SLOW, roundTripMs: 1990 }],
  ["has not answered a heartbeat yet", { ...SLOW, roundTripMs: undefined }],
])("no line is blamed while the system %s", (_, uptake) => {
  const { speeds, join } = aWatch();
  join("SRV2", 500_000, uptake);
  vi.advanceTimersByTime(20_000);
  expect(speeds.found("SEC")).toBeUndefined();
  speeds.stop();
});

test("a system that has left no longer counts, and a new one causes the line to be measured again", () => {
  const { speeds, told, join } = aWatch();
  const first = join("SRV2", 500_000, SLOW);
  vi.advanceTimersByTime(10_000);
  first.abort();
  join("SRV3", 1_900_000, {});
  vi.advanceTimersByTime(1_000);
  expect(speeds.found("SEC")).toBeUndefined();
  expect(told.at(-2)).toBe("info: the line of SEC carries what is stated again");
  speeds.stop();
});
