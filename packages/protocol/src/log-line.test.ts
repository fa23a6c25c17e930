import { expect, test } from "vitest";
import { fitLogLine, LIMITS, parseLogLine } from "./index.ts";

test("a line that fits is unchanged; a longer one keeps its order and the beginning of its message", () => {
  const short = JSON.stringify({ level: 30, time: 1, order: "o1", msg: "stage done" });
  expect(fitLogLine(short)).toBe(short);
  const fitted = fitLogLine(JSON.stringify({ level: 50, time: 2, order: "o1", stack: "x".repeat(100_000), msg: '"'.repeat(100_000) }));
  expect(fitted.length).toBeLessThanOrEqual(LIMITS.logLine);
  expect(parseLogLine(fitted)).toMatchObject({ level: 50, time: 2, order: "o1", msg: expect.stringMatching(/^"+ \(shortened\)$/) });
});

test.each(["", "no JSON", "[1]", "null", '"text"'])("%j is not a log line", (line) => {
  expect(parseLogLine(line)).toBeUndefined();
});
