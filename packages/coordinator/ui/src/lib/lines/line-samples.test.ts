import { expect, test } from "vitest";
import { addLineSample, CHART_SPAN, chartTop, stepPath, type LineSample } from "./line-samples.ts";

const sample = (at: number, rate: number, budget?: number): LineSample => ({ at, rate, budget });

test("samples are kept as long as the chart looks back, plus one before, where its line begins", () => {
  let samples: readonly LineSample[] = [];
  for (let at = 0; at <= 3 * CHART_SPAN; at += CHART_SPAN / 4) samples = addLineSample(samples, sample(at, at));
  expect(samples.map(({ at }) => at / CHART_SPAN)).toEqual([2, 2.25, 2.5, 2.75, 3]);
});

test("the scale ends at a round number above everything shown", () => {
  expect(chartTop([], 2_000_000)).toBe(3_000_000);
  expect(chartTop([sample(0, 510_000, 250_000)], 250_000)).toBe(600_000);
  expect(chartTop([], undefined)).toBe(1000);
});

test("a line is drawn in steps: each value holds until the next one, the last until now, and gaps stay gaps", () => {
  const size = { width: 120, height: 100 };
  const points = [
    { at: 0, value: 50 },
    { at: 60_000, value: 100 },
    { at: 90_000, value: undefined },
    { at: 110_000, value: 0 },
  ];
  expect(stepPath(points, CHART_SPAN, 100, size)).toBe("M0 50H60V0H90M110 100H120");
  expect(stepPath([], CHART_SPAN, 100, size)).toBe("");
});
