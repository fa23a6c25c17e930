import { expect, test } from "vitest";
import { parseBitRate, parsePercent } from "./hour-table.ts";

test.for([
  ["2 Mbit/s", 2_000_000],
  ["512 kbit/s", 512_000],
  ["64kbit/s", 64_000],
  ["1 Gbit/s", 1_000_000_000],
  ["1.5 mbit/s", 1_500_000],
  ["9600 bit/s", 9600],
] as const)("%s is %i bit/s", ([text, rate]) => expect(parseBitRate(text)).toBe(rate));

test.for(["25", "2 MB/s", "512 kbps", "-1 Mbit/s", "0 kbit/s", "999 bit/s", "", "fast"])('"%s" is not a rate', (text) =>
  expect(parseBitRate(text)).toBeUndefined(),
);

test("a share is above 0 and at most 100 percent", () => {
  expect(["25%", "100 %", "0.5%"].map(parsePercent)).toEqual([0.25, 1, 0.005]);
  expect(["0%", "101%", "25", "-5%"].map(parsePercent)).toEqual([undefined, undefined, undefined, undefined]);
});
