import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { checkHealthMark, keepHealthMark } from "./health-mark.ts";

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "sitewright-mark-"));
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(dataDir, { recursive: true });
});

const unhealthy = expect.objectContaining({ code: "AGENT_UNREACHABLE" });

test("an agent is healthy while it is connected, and not once it has stopped", () => {
  const mark = keepHealthMark(dataDir, () => true);
  vi.advanceTimersByTime(5_000);
  expect(() => checkHealthMark(dataDir, Date.now())).not.toThrow();
  mark[Symbol.dispose]();
  expect(() => checkHealthMark(dataDir, Date.now())).toThrow(unhealthy);
});

test("an agent is not healthy for having been so before the clock was set back", () => {
  using _mark = keepHealthMark(dataDir, () => true);
  vi.advanceTimersByTime(5_000);
  expect(() => checkHealthMark(dataDir, Date.now() - 86_400_000)).toThrow(unhealthy);
});

test("warnings of a connected agent are reported by the check", () => {
  using _mark = keepHealthMark(
    dataDir,
    () => true,
    () => ["the role root /srv/dp is held", "another one"],
  );
  vi.advanceTimersByTime(5_000);
  expect(checkHealthMark(dataDir, Date.now())).toEqual(["the role root /srv/dp is held", "another one"]);
});

test("an agent that runs without a connection is not healthy", () => {
  using _mark = keepHealthMark(dataDir, () => false);
  vi.advanceTimersByTime(60_000);
  expect(() => checkHealthMark(dataDir, Date.now())).toThrow(unhealthy);
});

test("the check of an agent that cannot connect reports the reason, as long as it lasts", () => {
  let up = false;
  const mark = keepHealthMark(dataDir, () => up);
  mark.trouble("expected is the authority 12, shown was 34");
  expect(() => checkHealthMark(dataDir, Date.now())).toThrow(/is not connected: expected is the authority 12, shown was 34$/);
  up = true;
  vi.advanceTimersByTime(5_000);
  expect(() => checkHealthMark(dataDir, Date.now())).not.toThrow();
  expect(readdirSync(dataDir)).toEqual(["connected"]);
  mark[Symbol.dispose]();
  expect(readdirSync(dataDir)).toEqual([]);
});

test("an agent continues when its data folder accepts no mark", () => {
  rmSync(dataDir, { recursive: true });
  using mark = keepHealthMark(dataDir, () => false);
  expect(() => mark.trouble("no answer")).not.toThrow();
  mkdirSync(dataDir);
  vi.advanceTimersByTime(5_000); // the next renewal
  expect(() => checkHealthMark(dataDir, Date.now())).toThrow(/no answer/);
});

test("an agent that hangs or was killed is not healthy 20 s later", () => {
  writeFileSync(join(dataDir, "connected"), "");
  const then = new Date(Date.now() - 21_000);
  utimesSync(join(dataDir, "connected"), then, then);
  expect(() => checkHealthMark(dataDir, Date.now())).toThrow(/was last connected at/);
});
