import { expect, test } from "vitest";
import { ipBytes } from "./ip-bytes.ts";
import { charge, chargeGrant, fill, grantBytes, msOfGrant, msToWait, rebudget, sliceBytes, type LineAccount } from "./pacing.ts";

const BUDGETS = [32_000, 64_000, 512_000, 2_000_000, 10_000_000, 1_000_000_000];

/** Sends greedily for `seconds`, reading the clock only every `tick` ms; returns what was sent and when. */
function drain(budget: number, seconds: number, tick: number): { at: number; bytes: number }[] {
  const sent: { at: number; bytes: number }[] = [];
  const slice = ipBytes(sliceBytes(budget), true);
  let account: LineAccount = fill({ balance: 0, at: 0 }, budget, 60_000);
  for (let now = 60_000; now < 60_000 + seconds * 1000; now += tick) {
    account = fill(account, budget, now);
    while (msToWait(account, budget) === 0) {
      account = charge(account, slice);
      sent.push({ at: now, bytes: slice });
    }
  }
  return sent;
}

/** Payload and headers in the second that has most of them. */
function mostInASecond(sent: readonly { at: number; bytes: number }[]): number {
  let [oldest, inWindow, most] = [0, 0, 0];
  for (const { at, bytes } of sent) {
    inWindow += bytes;
    while ((sent[oldest]?.at ?? at) < at - 1000) inWindow -= sent[oldest++]?.bytes ?? 0;
    most = Math.max(most, inWindow);
  }
  return most;
}

/** The window of 1001 ticks is 1 ms longer than a second. */
function allowedInASecond(budget: number): number {
  return budget / 8 + Math.max((budget / 8) * 0.03, 3000) + budget / 8000 + 1;
}

test.each(BUDGETS)("a line of %i bit/s never carries more than 3 % or two packets above its budget in any second", (budget) => {
  expect(mostInASecond(drain(budget, 4, 1))).toBeLessThanOrEqual(allowedInASecond(budget));
});

/** As `drain`, where another coordinator sends what is granted: evenly, or when it is late at the end of its time, and asks again `away` ms later. */
function drainGrants(budget: number, isLate: (at: number) => boolean, away: number): { at: number; bytes: number }[] {
  const sent: { at: number; bytes: number }[] = [];
  const [packets, bytes, ms] = [grantBytes(budget) / 1400, ipBytes(1400, true), msOfGrant(grantBytes(budget), budget)];
  let account: LineAccount = fill({ balance: 0, at: 0 }, budget, 60_000);
  let asked = 60_000;
  for (let now = 60_000; now < 64_000; now++) {
    account = fill(account, budget, now);
    if (now < asked || msToWait(account, budget) > 0) continue;
    account = chargeGrant(account, budget, packets * bytes);
    for (let i = 0; i < packets; i++) sent.push({ at: now + (isLate(now) ? ms : ms * (i / packets)), bytes });
    asked = now + ms + away;
  }
  return sent.toSorted((one, other) => one.at - other.at);
}

test.each(BUDGETS)(
  "a line of %i bit/s keeps to that where another coordinator sends what is granted, evenly or late and then in time",
  (budget) => {
    for (const isLate of [() => false, (at: number) => at < 62_000])
      expect(mostInASecond(drainGrants(budget, isLate, 0))).toBeLessThanOrEqual(allowedInASecond(budget));
  },
);

test.each(BUDGETS)("a line of %i bit/s is used to at least 98 % where another coordinator sends what is granted", (budget) => {
  const bytes = drainGrants(budget, () => false, 1).reduce((sum, slice) => sum + slice.bytes, 0);
  expect(bytes).toBeGreaterThan((budget / 8) * 4 * 0.98);
});

test.each(BUDGETS)("a line of %i bit/s is used to at least 98 % while there is something to send", (budget) => {
  const bytes = drain(budget, 20, 1).reduce((sum, slice) => sum + slice.bytes, 0);
  expect(bytes).toBeGreaterThan((budget / 8) * 20 * 0.98);
});

test("a slice is one packet on a slow line and never more than 64 KiB on a fast one", () => {
  expect(sliceBytes(32_000)).toBe(1400);
  expect(sliceBytes(4_000_000)).toBe(1400);
  expect(sliceBytes(16_000_000)).toBe(7 * 1400);
  expect(sliceBytes(1_000_000_000)).toBe(46 * 1400);
});

test("a grant is a slice on a slow line, and 30 ms of a faster one", () => {
  expect(grantBytes(32_000)).toBe(1400);
  expect(grantBytes(16_000_000)).toBe(42 * 1400);
  expect(grantBytes(100_000_000)).toBe(267 * 1400);
});

test("a closed line is waited for without end, and its account does not grow", () => {
  const account = fill({ balance: 0, at: 0 }, 0, 5000);
  expect(msToWait(account, 0)).toBe(Infinity);
  expect(charge(account, 1000).balance).toBe(-1000);
});

test("a clock that goes back changes no account", () => {
  const account = fill({ balance: -500, at: 10_000 }, 64_000, 9000);
  expect(account).toEqual({ balance: -500, at: 9000 });
});

test("debt takes no longer to pay after the budget is lowered, and less after it is raised", () => {
  const account = { balance: -25_000, at: 0 };
  const before = msToWait(account, 200_000_000);
  expect(msToWait(rebudget(account, 200_000_000, 64_000), 64_000)).toBeCloseTo(before);
  expect(rebudget(account, 64_000, 200_000_000)).toBe(account);
});
