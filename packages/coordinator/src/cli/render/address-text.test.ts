import { expect, test } from "vitest";
import { runTotals } from "@sitewright/protocol";
import { formatHour } from "@sitewright/protocol/api";
import { aPhase, aRun } from "../../../test-support/fakes.ts";
import { anAddressStatus } from "../../../test-support/fake-addresses.ts";
import { renderAddress, renderAddresses } from "./address-text.ts";
import { renderRun } from "./run-lines.ts";

/** A Friday, 13:00 in Chicago. */
const NOW = Date.UTC(2026, 0, 9, 19);
const SUNDAY = Date.UTC(2026, 0, 12, 2);

test("a moment is shown in the address's time zone, with the date when the weekday is ambiguous", () => {
  expect(formatHour(SUNDAY, "America/Chicago", NOW)).toBe("Sun 20:00 (Chicago)");
  expect(formatHour(NOW + 7 * 86_400_000, "America/Argentina/Buenos_Aires", NOW)).toBe("Fri 16 Jan 16:00 (Buenos Aires)");
  expect(formatHour(SUNDAY, "UTC", NOW)).toBe("Mon 02:00 (UTC)");
});

test("the list shows for each address its budget, its traffic and the next change", () => {
  const busy = anAddressStatus({ rate: 1_500_000, nextChange: { at: SUNDAY, budget: 500_000, window: "high" } });
  const paused = anAddressStatus({ key: "POR", paused: true, window: "closed", override: { paused: true, by: "anna", at: 1 } });
  expect(renderAddresses([busy, paused], NOW).split("\n")).toEqual([
    "address  bandwidth  budget now        used  window now  next change",
    "SEC       2 Mbit/s    2 Mbit/s  1.5 Mbit/s  all         Sun 20:00 (Chicago): high only, 500 kbit/s",
    "POR       2 Mbit/s    2 Mbit/s     0 bit/s  paused                                                  set by anna",
  ]);
  expect(renderAddresses([], NOW)).toMatch(/states no address/);
});

test("one address shows where each value comes from, when work opens, and who changed what", () => {
  const text = renderAddress(
    anAddressStatus({
      window: "high",
      opensAt: { high: NOW, medium: SUNDAY },
      override: { bandwidth: "1 Mbit/s", rateLimit: {}, by: "anna", at: NOW },
      changes: [{ at: NOW, by: "anna", kind: "set", patch: { bandwidth: "1 Mbit/s", rateLimit: {}, schedule: null } }],
    }),
    NOW,
  );
  expect(text).toContain(
    "address SEC: high only, 2 Mbit/s, 0 bit/s used\nnext change: none within a week\nmedium priority opens: Sun 20:00 (Chicago)\nlow priority opens: not within a week\n",
  );
  expect(text).toContain("bandwidth  2 Mbit/s        1 Mbit/s\nrateLimit  -               none\nschedule   -               -\n");
  expect(text).toContain("anna: set bandwidth 1 Mbit/s, rateLimit none, schedule of the file");
});

test("a line measured slower than stated is shown with its measured rate", () => {
  const slow = anAddressStatus({ carries: 560_000, changes: [], override: { by: "anna", at: 1 } });
  expect(renderAddress(slow, NOW)).toContain("\nslower than stated: about 560 kbit/s\nnext change:");
  expect(renderAddresses([slow], NOW)).toMatch(/slower than stated: about 560 kbit\/s; set by anna$/);
});

test("a run shows which window its work waits for", () => {
  const shown = (overrides: Parameters<typeof aPhase>[0]) => {
    const phases = [aPhase({ state: "waiting", ...overrides })];
    return renderRun({ run: aRun(), phases, totals: runTotals(phases), sequence: 0 }, NOW);
  };
  const window = { address: "SEC", timeZone: "America/Chicago" };
  expect(shown({ waitingFor: "window-closed", window: { ...window, opensAt: SUNDAY } })).toContain(
    "waiting for window, opens Sun 20:00 (Chicago)",
  );
  expect(shown({ waitingFor: "window-closed", window })).toContain("waiting for window, SEC does not open for it this week");
  expect(shown({ waitingFor: "address-paused", window })).toContain("waiting: address SEC is paused");
});
