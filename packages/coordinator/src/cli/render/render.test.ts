import { expect, test } from "vitest";
import { runTotals } from "@sitewright/protocol";
import { formatBitRate, formatBytes, formatSeconds } from "@sitewright/protocol/api";
import { aPhase, aRun } from "../../../test-support/fakes.ts";
import { aReport } from "../../../../protocol/test-support/reports.ts";
import { formatBar, renderRun, renderRunWithin } from "./run-lines.ts";
import { renderTable } from "./table.ts";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [99_949, "99.9 kB"],
  [99_950, "100 kB"],
  [999_600, "1.0 MB"],
  [1_234_567, "1.2 MB"],
  [5_000_000_000_000_000, "5000 TB"],
])("%d bytes read as %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [64_000, "64 kbit/s"],
  [1_500_000, "1.5 Mbit/s"],
  [1_000_000_000, "1 Gbit/s"],
  [300, "300 bit/s"],
])("%d bit/s read as %s", (rate, text) => {
  expect(formatBitRate(rate)).toBe(text);
});

test.each([
  [0, "0:00"],
  [59.6, "1:00"],
  [95, "1:35"],
  [3695, "1:01:35"],
])("%d seconds read as %s", (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});

test("a bar is filled according to its share, and never beyond its width", () => {
  expect([0, 0.5, 1, 7, -1].map((share) => formatBar(share, 4))).toEqual(["░░░░", "██░░", "████", "████", "░░░░"]);
});

test("a table aligns its columns by visible width, numbers to the right", () => {
  const rows = [
    { name: "A", size: "1" },
    { name: "\u001b[31mLonger", size: "1234" },
  ];
  const columns = [
    { head: "name", value: (row: { name: string; size: string }) => row.name },
    { head: "size", value: (row: { name: string; size: string }) => row.size, align: "right" as const },
  ];
  expect(renderTable(columns, rows)).toBe("name              size\nA                    1\n\\u001b[31mLonger  1234");
});

test("a verification shows the share of ended steps and no bytes, because it sends none", () => {
  const phases = [
    aPhase({ task: "verify", state: "done", sourceBytes: 1000 }),
    aPhase({ id: "2", task: "verify", state: "failed", sourceBytes: 1000 }),
    aPhase({ id: "3", task: "verify", state: "failed", sourceBytes: 1000, outcome: aReport({ counts: { damaged: 1 } }) }),
  ];
  const text = renderRun(
    { run: aRun({ kind: "verify", state: "failed", endedAt: 2001 }), phases, totals: runTotals(phases), sequence: 0 },
    0,
  );
  expect(text.split("\n")).toEqual([
    "verify run-1 · failed · 2 of 3 steps · 0:02",
    "",
    "system  steps                now",
    "SRV1      2/3  ████████████  1 not right, 1 failed",
  ]);
});

test("a repair shows what was sent and reused, and steps that were not needed count as settled", () => {
  const phases = [
    aPhase({ task: "verify", state: "done", beforeRepair: true, sourceBytes: 1000, outcome: aReport({ bytes: 1000 }) }),
    aPhase({ id: "2", task: "stage", state: "unneeded", after: "order-1", sourceBytes: 1000 }),
    aPhase({ id: "3", task: "activate", state: "unneeded", after: "2", sourceBytes: 1000 }),
  ];
  const text = renderRun(
    { run: aRun({ kind: "repair", state: "done", endedAt: 2001 }), phases, totals: runTotals(phases), sequence: 0 },
    0,
  );
  expect(text.split("\n")).toEqual([
    "repair run-1 · done · 3 of 3 steps · 1.0 kB: sent 0 B, reused 1.0 kB · 0:02",
    "",
    "system  steps                sent  reused  now",
    "SRV1      3/3  ████████████   0 B  1.0 kB  done",
  ]);
});

test("a run of sixty systems on a small screen keeps its headline, shows running and failed systems first, and counts the rest", () => {
  const phases = Array.from({ length: 60 }, (_, index) =>
    aPhase({
      id: `${index}`,
      system: `SYSTEM-WITH-A-LONG-NAME-${index}`,
      state: index === 58 ? "failed" : index === 59 ? "running" : "done",
      ...(index === 58
        ? {
            outcome: { kind: "failed" as const, code: "DISK_FULL" as const, message: "there is no room left ".repeat(9), retryable: false },
          }
        : {}),
    }),
  );
  const lines = renderRunWithin({ run: aRun(), phases, totals: runTotals(phases), sequence: 0 }, 0, { height: 23, columns: 80 }).split(
    "\n",
  );
  expect(lines.length).toBeLessThanOrEqual(23);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(lines[0]).toMatch(/^rebuild run-1 · running · 58 of 60 steps/);
  expect(lines[3]).toMatch(/^SYSTEM-WITH-A-LONG-NAME-59/);
  expect(lines[4]).toMatch(/^SYSTEM-WITH-A-LONG-NAME-58/);
  expect(lines.find((line) => line.startsWith("... and"))).toMatch(/^\.\.\. and 4\d more systems$/);
  expect(lines.at(-1)).toMatch(/^SYSTEM-WITH-A-LONG-NAME-58 dp\/\w+: DISK_FULL: there is no room/);
});

test("a run shows since when a step is lost, and until when its agent may confirm a cancel", () => {
  const now = 1_000_000;
  const shown = (phase: Parameters<typeof aPhase>[0], run: Parameters<typeof aRun>[0] = {}) => {
    const phases = [aPhase(phase)];
    return renderRun({ run: aRun(run), phases, totals: runTotals(phases), sequence: 0 }, now);
  };
  expect(shown({ state: "running", lostSince: now - 65_000 })).toContain("stage dp/ABC00001: lost: its agent disconnected 1:05 ago");
  const cancelling = shown({ state: "running", lostSince: 1, cancelBy: now + 7_400 }, { state: "cancelled" });
  expect(cancelling).toContain("cancelling: ends in 8 s if its agent does not answer");
  expect(cancelling).toContain("run-1 · cancelling ·");
  expect(shown({ state: "cancelled" }, { state: "cancelled", endedAt: now })).toContain("run-1 · cancelled ·");
});

test("the text of a run of a thousand systems lists fifty, running and failed ones first, and counts the rest", () => {
  const phases = Array.from({ length: 1_000 }, (_, index) =>
    aPhase({ id: `${index}`, system: `S${index}`, state: index === 999 ? "running" : index === 998 ? "failed" : "done" }),
  );
  const lines = renderRun({ run: aRun(), phases, totals: runTotals(phases), sequence: 0 }, 0).split("\n");
  expect(lines.slice(2, 5).map((line) => line.split(" ")[0])).toEqual(["system", "S999", "S998"]);
  expect(lines.slice(52)).toEqual([expect.stringMatching(/^S/), "... and 950 more systems"]);
});
