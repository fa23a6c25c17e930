import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SitewrightError } from "@sitewright/protocol";
import { createBackupWarnings, joinWarnings } from "./backup-warnings.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());
const MINUTE = 60_000;
const away = new SitewrightError("NOT_FOUND", "no backup service answers");

test("what the backup service alerts of becomes a warning, each change is told once, and a service that vanished is one too", async () => {
  const answers: (string[] | Error)[] = [away, ["none yet"], ["none yet"], [], away];
  const told: string[][] = [];
  const service = {
    async alerts() {
      const answer = answers.shift() ?? away;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  const stop = new AbortController();
  const warnings = joinWarnings({ all: () => ["a disk"], subscribe: () => () => undefined }, createBackupWarnings(service, stop.signal));
  const end = warnings.subscribe(() => told.push(warnings.all()));
  await vi.advanceTimersByTimeAsync(5 * MINUTE);
  expect(told).toEqual([["a disk", "none yet"], ["a disk"], ["a disk", "backups of this site are not watched: no backup service answers"]]);
  end();
  stop.abort();
  expect(vi.getTimerCount()).toBe(0);
});
