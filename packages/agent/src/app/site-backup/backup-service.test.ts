import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SitewrightError } from "@sitewright/protocol";
import type { RunRecord } from "./ports.ts";
import { createBackupService } from "./backup-service.ts";
import { nextDaily } from "./next-time.ts";

const MIDNIGHT = new Date(2026, 10, 29, 0, 0).getTime();
const HOUR = 3_600_000;

beforeEach(() => void vi.useFakeTimers({ now: MIDNIGHT }));
afterEach(() => void vi.useRealTimers());

function serviceOf(daily?: { hour: number; minute: number }) {
  const made: { at: number; end: PromiseWithResolvers<RunRecord> }[] = [];
  const stop = new AbortController();
  const service = createBackupService(
    {
      make() {
        const end = Promise.withResolvers<RunRecord>();
        made.push({ at: Date.now() - MIDNIGHT, end });
        return end.promise;
      },
      list: async () => [],
      verified: async () => undefined,
      alerts: async () => ["none yet"],
      now: Date.now,
      log: () => undefined,
      ...(daily ? { daily } : {}),
    },
    stop.signal,
  );
  return { service, made, stop };
}

const ended = { state: "complete", faults: [] as string[] } as RunRecord;

test("a backup is made each day at its time, also after one that failed", async () => {
  const { made, service } = serviceOf({ hour: 2, minute: 30 });
  expect(await service.status()).toEqual({ due: MIDNIGHT + 2.5 * HOUR, runs: [], alerts: ["none yet"] });
  await vi.advanceTimersByTimeAsync(3 * HOUR);
  made[0]?.end.reject(new SitewrightError("IO_ERROR", "the disk is full"));
  await vi.advanceTimersByTimeAsync(24 * HOUR);
  expect(made.map(({ at }) => at / HOUR)).toEqual([2.5, 26.5]);
});

test("a clock that was years ahead when the service started, and is set back, puts no backup off", async () => {
  vi.setSystemTime(MIDNIGHT + 8760 * HOUR);
  const { made, service } = serviceOf({ hour: 2, minute: 30 });
  vi.setSystemTime(MIDNIGHT);
  await vi.advanceTimersByTimeAsync(3 * HOUR);
  expect([made, (await service.status()).due]).toMatchObject([[{ at: 2.5 * HOUR }], MIDNIGHT + 26.5 * HOUR]);
});

test("a backup that is due while another one runs is left out, and the next day's is made", async () => {
  const { made, service } = serviceOf({ hour: 2, minute: 0 });
  service.begin("asked");
  await vi.advanceTimersByTimeAsync(3 * HOUR);
  expect(made).toHaveLength(1);
  made[0]?.end.resolve(ended);
  await vi.advanceTimersByTimeAsync(24 * HOUR);
  expect(made.map(({ at }) => at / HOUR)).toEqual([0, 26]);
});

const BUSY = new SitewrightError("SITE_BACKUP_RUNS", "another backup of this site runs");

test("a backup that is due while somebody reads the store is tried again each minute, which is alerted of until one is made", async () => {
  const { made, service } = serviceOf({ hour: 2, minute: 0 });
  await vi.advanceTimersByTimeAsync(2 * HOUR);
  for (let i = 0; i < 30; i++) {
    made[i]?.end.reject(BUSY);
    await vi.advanceTimersByTimeAsync(60_000);
  }
  made[30]?.end.reject(BUSY);
  await vi.advanceTimersByTimeAsync(0);
  const { alerts, due } = await service.status();
  expect([made.length, due]).toEqual([31, MIDNIGHT + 26 * HOUR]);
  expect(alerts).toEqual([
    `the backup of this site that was due at ${new Date(MIDNIGHT + 2 * HOUR).toISOString()} was not made yet: another backup of this site runs`,
    "none yet",
  ]);
  await vi.advanceTimersByTimeAsync(60_000);
  made[31]?.end.resolve(ended);
  await vi.advanceTimersByTimeAsync(HOUR);
  expect([made.length, (await service.status()).alerts]).toEqual([32, ["none yet"]]);
});

test("a backup that could not begin for two hours is left to the next day: later the services are needed; so is one that cannot be made at all", async () => {
  for (const [error, last] of [
    [BUSY, 4],
    [new SitewrightError("CONTROL_FILE_INVALID", "it is faulty"), 2],
  ] as const) {
    vi.setSystemTime(MIDNIGHT);
    const { made, service, stop } = serviceOf({ hour: 2, minute: 0 });
    for (let i = 0; i < 23 * 60; i++) {
      await vi.advanceTimersByTimeAsync(60_000);
      made.at(-1)?.end.reject(error);
    }
    expect([made.at(-1)?.at, (await service.status()).alerts[0]]).toEqual([
      last * HOUR,
      expect.stringMatching(`was not made: ${error.message}`),
    ]);
    await vi.advanceTimersByTimeAsync(3 * HOUR);
    expect(made.at(-1)?.at).toBe(26 * HOUR);
    stop.abort();
  }
});

test("a second one is refused while one runs, and none is made after the end of the service", async () => {
  const { made, service, stop } = serviceOf({ hour: 2, minute: 0 });
  service.begin("asked");
  expect(() => service.begin("asked")).toThrow(expect.objectContaining({ code: "SITE_BACKUP_RUNS" }));
  expect(await service.status()).toMatchObject({ running: MIDNIGHT });
  made[0]?.end.resolve(ended);
  await service.idle();
  stop.abort();
  await vi.advanceTimersByTimeAsync(24 * HOUR);
  expect(made).toHaveLength(1);
});

test("the next time of a day is later than now, by the calendar", () => {
  const at = { hour: 2, minute: 0 };
  expect(nextDaily(MIDNIGHT + 2 * HOUR, at)).toBe(MIDNIGHT + 26 * HOUR);
  expect(nextDaily(MIDNIGHT + 2 * HOUR - 1, at)).toBe(MIDNIGHT + 2 * HOUR);
});
