import { expect, test } from "vitest";
import { readSpeed, unknownSpeed, type LineSpeed, type SystemReading } from "./line-speed.ts";

const STATED = 2_000_000;
const EVERY = 500;

/** Readings in sequence, one system at a time: its rate (bit/s) and what holds it back. */
function watch(...systems: { system: string; rate: number; heldBy: SystemReading["heldBy"] }[]) {
  return (speed: LineSpeed, seconds: number, from = 0): LineSpeed => {
    let now = speed;
    for (let at = from; at < from + seconds * 1000; at += EVERY) {
      const readings = systems.map(({ system, rate, heldBy }) => ({ system, taken: (rate / 8000) * EVERY, heldBy }));
      now = readSpeed(now, STATED, { at, systems: readings });
    }
    return now;
  };
}

const slow = watch({ system: "A", rate: 500_000, heldBy: "line" });

test("a line that carries less than stated is detected within five seconds, with a rate a little above what it carries", () => {
  expect(slow(unknownSpeed(STATED), 3).carries).toBeUndefined();
  const speed = slow(unknownSpeed(STATED), 5);
  expect(speed.carries).toBeGreaterThan(500_000);
  expect(speed.carries).toBeLessThan(600_000);
  expect(slow(speed, 60, 5_000).carries).toBe(speed.carries);
});

test.each([450, 501, 700, 1_100])("readings that arrive every %i ms detect it within seven seconds", (every) => {
  let speed = unknownSpeed(STATED);
  for (let at = 0; at <= 7_000; at += every)
    speed = readSpeed(speed, STATED, { at, systems: [{ system: "A", taken: (500_000 / 8000) * every, heldBy: "line" }] });
  expect(speed.carries).toBeCloseTo(550_000, 0);
});

test.each([
  ["takes its whole budget", watch({ system: "A", rate: 1_950_000, heldBy: undefined })],
  ["has little work", watch({ system: "A", rate: 200_000, heldBy: undefined })],
  ["is behind with its own disk", watch({ system: "A", rate: 200_000, heldBy: "itself" })],
  ["takes nothing at all", watch({ system: "A", rate: 0, heldBy: "line" })],
])("no line is called slow because a system %s", (_, reading) => {
  expect(reading(unknownSpeed(STATED), 60).carries).toBeUndefined();
});

test("a line that carries nothing for a while and then its full rate again is not slow, whatever comes between", () => {
  const full = watch({ system: "A", rate: STATED, heldBy: undefined });
  const dead = watch({ system: "A", rate: 0, heldBy: "line" });
  const halfOpen = dead(full(unknownSpeed(STATED), 10), 15.5, 10_000);
  expect(halfOpen.carries ?? STATED).toBeGreaterThan(0.75 * STATED);
  expect(full(halfOpen, 5, 25_500).carries).toBeUndefined();
  let flapping = unknownSpeed(STATED);
  for (let turn = 0; turn < 20; turn++) {
    flapping = dead(full(flapping, 8, turn * 14_000), 6, turn * 14_000 + 8_000);
    expect(flapping.carries ?? STATED).toBeGreaterThan(0.75 * STATED);
  }
});

test("one system that is slow by itself does not reduce the rate of others", () => {
  const both = watch({ system: "A", rate: 100_000, heldBy: "line" }, { system: "B", rate: 1_850_000, heldBy: undefined });
  expect(both(unknownSpeed(STATED), 60).carries).toBeUndefined();
  const withIdle = watch({ system: "A", rate: 100_000, heldBy: "line" }, { system: "B", rate: 300_000, heldBy: undefined });
  expect(withIdle(unknownSpeed(STATED), 60).carries).toBeUndefined();
});

test("the rate that one system alone showed is dropped when another one begins", () => {
  const speed = slow(unknownSpeed(STATED), 5);
  const both = watch({ system: "A", rate: 500_000, heldBy: "line" }, { system: "B", rate: 1_400_000, heldBy: undefined });
  expect(both(speed, 1, 5_000).carries).toBeUndefined();
});

test("the rate of a line that becomes faster is raised up to what is stated, and then the line is not slow any more", () => {
  let speed = slow(unknownSpeed(STATED), 5);
  let seconds = 5;
  for (; speed.carries !== undefined && seconds < 120; seconds += 0.5) {
    speed = watch({ system: "A", rate: speed.carries * 0.98, heldBy: undefined })(speed, 0.5, seconds * 1000);
  }
  expect(speed.carries).toBeUndefined();
  expect(seconds).toBeLessThan(45);
});

test("the rate of a line that becomes slower is lowered", () => {
  const speed = slow(unknownSpeed(STATED), 5);
  expect(watch({ system: "A", rate: 100_000, heldBy: "line" })(speed, 5, 5_000).carries).toBeCloseTo(110_000, -4);
});

test("a new budget below the measured rate counts as stated; one above changes nothing", () => {
  const speed = slow(unknownSpeed(STATED), 5);
  const systems = [{ system: "A", taken: 1000, heldBy: undefined }];
  expect(readSpeed(speed, 400_000, { at: 6000, systems }).carries).toBeUndefined();
  expect(readSpeed(speed, 8_000_000, { at: 6000, systems }).carries).toBe(speed.carries);
});

test("a pause in the work measures nothing, and what is known stays known", () => {
  const speed = slow(unknownSpeed(STATED), 5);
  const paused = readSpeed(speed, STATED, { at: 6_000, systems: [] });
  expect(paused.carries).toBe(speed.carries);
  expect(slow(paused, 1, 60_000).carries).toBe(speed.carries);
});
