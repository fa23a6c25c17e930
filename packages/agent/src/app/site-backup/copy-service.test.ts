import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createCopyService } from "./copy-service.ts";

const HOUR = 3_600_000;
const BEGAN = Date.UTC(2026, 10, 29);

beforeEach(() => void vi.useFakeTimers({ now: BEGAN }));
afterEach(() => void vi.useRealTimers());

function serviceOf(newest: number | undefined) {
  const stop = new AbortController();
  // Over a line that is closed.
  const copy = () => new Promise<undefined>(() => undefined);
  const deps = { to: "to DPLAB", copy, newest: async () => newest, limitMs: 48 * HOUR, log: () => undefined };
  const service = createCopyService(deps, stop.signal);
  service.resume();
  return service;
}

test.each<[string, number | undefined, string]>([
  ["is known", BEGAN - 24 * HOUR, "the newest backup of this site that was copied to DPLAB is of 2026-11-28T00:00:00.000Z"],
  ["is not known", undefined, "no backup of this site was copied to DPLAB since 2026-11-29T00:00:00.000Z"],
])("a copy that waits for its line is alerted of when the limit is over, where the newest copied run %s", async (_, newest, alert) => {
  const service = serviceOf(newest);
  expect(await service.alerts()).toEqual([]);
  vi.setSystemTime(BEGAN + 49 * HOUR);
  expect(await service.alerts()).toEqual([alert]);
});
