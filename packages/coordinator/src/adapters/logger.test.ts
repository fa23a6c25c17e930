import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { limitPerSystem } from "./logger.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("lines that one system causes beyond a limit are counted and reported once a minute; lines about others are all written", () => {
  const written: string[] = [];
  const write = (facts: object, message: string): void => void written.push(`${(facts as { system?: string }).system ?? ""} ${message}`);
  const log = limitPerSystem({ debug: write, info: write, warn: write, error: write });
  for (let i = 0; i < 6_000; i++) log.warn({ system: "LOUD" }, "a result arrived for a phase that the run store does not have");
  log.info({ system: "QUIET" }, "connected");
  for (let i = 0; i < 6_000; i++) log.info({}, "about no system");
  expect(written.filter((line) => line.startsWith("LOUD"))).toHaveLength(5_000);
  expect(written.filter((line) => line.startsWith("QUIET"))).toHaveLength(1);
  expect(written.filter((line) => line.endsWith("about no system"))).toHaveLength(6_000);
  vi.advanceTimersByTime(60_000);
  expect(written.at(-1)).toBe("LOUD 1000 more lines about LOUD were not written within a minute");
  log.info({ system: "LOUD" }, "connected");
  expect(written.at(-1)).toBe("LOUD connected");
});
