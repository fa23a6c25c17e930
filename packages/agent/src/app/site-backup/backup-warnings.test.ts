import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SitewrightError } from "@sitewright/protocol";
import { createBackupWarnings, joinWarnings, type ServiceNote } from "./backup-warnings.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());
const MINUTE = 60_000;
const NOT_WATCHED =
  "backups of this site are not watched: no backup service answers; if none are made here any more, remove /data/site-backup";

function aNote(): ServiceNote & { remove(): void } {
  let there = false;
  return { path: "/data/site-backup", isThere: () => there, write: async () => void (there = true), remove: () => void (there = false) };
}

const away = new SitewrightError("NOT_FOUND", "no backup service answers");

test("what the backup service alerts of becomes a warning, each change is told once, and a service that vanished is one too, also for the next agent", async () => {
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
  const note = aNote();
  const warnings = joinWarnings(
    { all: () => ["a disk"], subscribe: () => () => undefined },
    createBackupWarnings(service, note, stop.signal),
  );
  const end = warnings.subscribe(() => told.push(warnings.all()));
  await vi.advanceTimersByTimeAsync(5 * MINUTE);
  expect(told).toEqual([["a disk", "none yet"], ["a disk"], ["a disk", NOT_WATCHED]]);
  end();
  stop.abort();
  expect(vi.getTimerCount()).toBe(0);
  // After a restart of the machine, at which the service did not come up.
  const next = new AbortController();
  const after = createBackupWarnings({ alerts: () => Promise.reject(away) }, note, next.signal);
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(after.all()).toEqual([NOT_WATCHED]);
  note.remove();
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(after.all()).toEqual([]);
  next.abort();
});
