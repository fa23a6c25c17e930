import { expect, test } from "vitest";
import { ipBytes } from "./ip-bytes.ts";
import { charge, fill, msToWait, rebudget, sliceBytes, type LineAccount } from "./pacing.ts";

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

test.each(BUDGETS)("a line of %i bit/s never carries more than 3 % or two packets above its budget in any second", (budget) => {
  const sent = drain(budget, 4, 1);
  const allowed = budget / 8 + Math.max((budget / 8) * 0.03, 3000);
  let oldest = 0;
  let inWindow = 0;
  for (const { at, bytes } of sent) {
    inWindow += bytes;
    while ((sent[oldest]?.at ?? at) < at - 1000) inWindow -= sent[oldest++]?.bytes ?? 0;
    // The window of 1001 ticks is 1 ms longer than a second.
    expect(inWindow).toBeLessThanOrEqual(allowed + budget / 8000 + 1);
  }
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
