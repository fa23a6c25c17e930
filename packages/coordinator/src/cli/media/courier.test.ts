import { expect, test } from "vitest";
import { parseCourier, parseSize } from "./courier.ts";

test.each([
  ["4.6G", 4_600_000_000],
  ["dvd", 4_600_000_000],
  ["CD", 690_000_000],
  ["512k", 512_000],
  ["1000", 1000],
  ["2 TB", 2_000_000_000_000],
])("the size %s is %d bytes", (text, bytes) => {
  expect(parseSize("--volume-size", text)).toBe(bytes);
});

test.each(["", "0", "-1", "4,6G", "1e9", "G", "9999999T"])("the size %j is refused", (text) => {
  expect(() => parseSize("--volume-size", text)).toThrow(/--volume-size .* is no size/);
});

test("a courier leaves now unless a time is given, takes as long as is stated, and without any of that there is none", () => {
  expect(parseCourier({}, 5)).toBeUndefined();
  expect(parseCourier({ takes: "36h" }, 1000)).toEqual({ leaves: 1000, arrives: 1000 + 36 * 3_600_000 });
  expect(parseCourier({ leaves: "2026-12-01T17:00Z", takes: "2d", capacity: "8G" }, 0)).toEqual({
    leaves: Date.UTC(2026, 11, 1, 17),
    arrives: Date.UTC(2026, 11, 3, 17),
    capacity: 8e9,
  });
  expect(() => parseCourier({ takes: "soon" }, 0)).toThrow(/--takes soon is no duration/);
  expect(() => parseCourier({ leaves: "Friday" }, 0)).toThrow(/--leaves Friday is no time/);
});

test("a departure is by the clock of this machine: a date alone, a day that its month lacks, and a courier who was there already are refused", () => {
  const here = new Date(2026, 11, 1, 17).getTime();
  expect(parseCourier({ leaves: "2026-12-01 17:00" }, 0)?.leaves).toBe(here);
  expect(() => parseCourier({ leaves: "2026-12-01" }, 0)).toThrow(/--leaves 2026-12-01 is no time/);
  expect(() => parseCourier({ leaves: "2026-02-30T10:00" }, 0)).toThrow(/is no time/);
  expect(() => parseCourier({ leaves: "2026-12-01T17:00", takes: "2h" }, here + 3 * 3_600_000)).toThrow(/was there already/);
  expect(parseCourier({ leaves: "2026-12-01T17:00", takes: "2h" }, here + 3_600_000)?.leaves).toBe(here);
});
