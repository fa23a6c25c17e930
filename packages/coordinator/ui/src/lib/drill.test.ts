import { expect, test } from "vitest";
import { drillFaults, drillOf, NOTHING_LOST } from "./drill.ts";

test("a drill asks for lost sites before lost systems, with rates by line, and for no reserve that is lost itself", () => {
  const choice = {
    ...NOTHING_LOST,
    sites: ["SEC"],
    systems: ["DP1"],
    rates: "SEC = 512 kbit/s\n\nown-network=1 Mbit/s",
    reserve: ["DP1", "DP2"],
  };
  expect(drillFaults(choice)).toEqual([]);
  expect(drillOf(choice)).toEqual({
    lose: ["SEC", "DP1"],
    at: "Fri 17:00",
    links: { SEC: "512 kbit/s", "own-network": "1 Mbit/s" },
    reserve: ["DP2"],
  });
});

test("a rate without its line is refused with the text, and so is a missing time", () => {
  expect(drillFaults({ ...NOTHING_LOST, rates: "512 kbit/s", time: "" })).toEqual([
    '"512 kbit/s" is not understood: write LINE=RATE, as in SEC=512 kbit/s',
    "the time is missing",
  ]);
});
