import { expect, test } from "vitest";
import type { Course, Forecast } from "@sitewright/protocol/api";
import { areaPath, curvePath, isTimed, momentWords, ofAddress, partsOf, reachedWords, shareWords, spanOf } from "./service-curve.ts";

const course: Course = {
  wireBytes: 1,
  endsAt: 300,
  ninetyAt: 290,
  curve: [
    [100, 0],
    [200, 0.6],
    [300, 1],
  ],
};
const forecast: Forecast = {
  madeAt: 100,
  total: course,
  addresses: [{ ...course, address: "SEC", timeZone: "America/Chicago" }, { ...course }],
  away: ["X"],
};

test("a curve steps up where something is served, and its area is what is below", () => {
  const [span, size] = [
    { from: 100, to: 300 },
    { width: 200, height: 100 },
  ];
  expect(curvePath(course.curve, span, size)).toBe("M0 100H100V40H200V0");
  expect(areaPath(course.curve.slice(1), span, size)).toBe("M100 40H200V0V100H100Z");
  expect([curvePath([], span, size), areaPath([], span, size)]).toEqual(["", ""]);
});

test("what was served until a forecast was made is told from what is expected then", () => {
  expect(partsOf(course.curve, 250)).toEqual({
    before: [
      [100, 0],
      [200, 0.6],
      [250, 0.6],
    ],
    after: [
      [250, 0.6],
      [300, 1],
    ],
  });
  expect(partsOf(course.curve, 50)).toEqual({ before: [], after: course.curve });
  expect(partsOf(course.curve, 400).after).toEqual([[400, 1]]);
});

test("a picture reaches from the beginning of the first forecast to beyond the later end", () => {
  expect(
    spanOf([
      course,
      {
        ...course,
        curve: [
          [50_000, 0.5],
          [100_100, 1],
        ],
      },
      undefined,
    ]),
  ).toEqual({ from: 100, to: 104_100 });
});

const AT = { madeAt: 100, timeZone: "UTC", now: 100 };

test("when a share is served is stated as exactly as it is known, and of one that is served already since when", () => {
  const begun: Course = { ...course, curve: [[100, 0.5], ...course.curve.slice(1)] };
  expect([0.5, 0.6, 0.9, 1].map((share) => shareWords(begun, share, AT))).toEqual(["served 00:00:00", "00:00:00", "00:00:00", "00:00:00"]);
  expect(shareWords(course, 0.9, { ...AT, madeAt: 290 })).toBe("served 00:00:00");
  expect(shareWords({ wireBytes: 1, open: "never-opens", curve: [[100, 0]] }, 1, AT)).toBe("not known");
});

test("of a run that has ended, what was never served was not reached, and what was at once has a time as well", () => {
  const { endsAt: _, ...partly } = { ...course, curve: [[100, 0.5], ...course.curve.slice(1)] as Course["curve"] };
  expect([0.5, 0.9, 1].map((share) => reachedWords(partly, share, AT))).toEqual(["00:00:00", "00:00:00", "not reached"]);
});

test("a forecast of which nothing can be timed is told from one that has a step, or begins with what is served", () => {
  expect([course.curve, [[100, 0.5]], [[100, 0]], []].map((curve) => isTimed({ wireBytes: 1, curve: curve as Course["curve"] }))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test("a near time is shown with seconds, a far one with its day", () => {
  const now = Date.UTC(2026, 10, 23, 12);
  expect(momentWords(now + 5000, "America/Chicago", now)).toBe("06:00:05");
  expect(momentWords(now + 3_600_000, "America/Chicago", now)).toBe("Mon 07:00");
  expect(momentWords(undefined, "UTC", now)).toBe("not known");
});

test("of an address only its own part is shown", () => {
  const own = ofAddress({ first: forecast }, "SEC");
  expect(own).toEqual({ first: { ...forecast, total: forecast.addresses[0], addresses: [forecast.addresses[0]], away: [] } });
  expect(ofAddress({ first: forecast }, "POR")).toBeUndefined();
});
