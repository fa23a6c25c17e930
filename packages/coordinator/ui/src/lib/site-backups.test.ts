import { expect, test } from "vitest";
import type { SiteBackupStatus } from "@sitewright/protocol/api";
import { siteLook, verifiedWords } from "./site-backups.ts";

const HOUR = 3_600_000;
const NOW = 1_795_000_000_000;
type Run = SiteBackupStatus["runs"][number];
const aRun = (hoursAgo: number, more: Partial<Run> = {}): Run => {
  const began = NOW - hoursAgo * HOUR;
  return { run: `${hoursAgo}`, state: "complete", began, ended: began + 1000, files: 4, bytes: 5, added: 6, ...more };
};
const word = (runs: Run[], more: Partial<SiteBackupStatus> = {}) => siteLook({ status: { runs, ...more } }, NOW).word;

test("a site's backups are in order with a complete one that is not old, and say what speaks against them otherwise", () => {
  expect(word([aRun(10)])).toBe("in order");
  expect(word([aRun(10)], { running: NOW })).toBe("running");
  expect(word([aRun(1, { state: "failed" }), aRun(20)])).toBe("last one failed");
  expect(word([aRun(1, { state: "partial" }), aRun(50)])).toBe("too old");
  expect(word([aRun(1, { state: "partial" })])).toBe("no backup");
  expect(word([aRun(1, { verified: { at: NOW, bad: 2, notTested: 0 } })])).toBe("damaged");
  expect([siteLook(undefined, NOW).word, siteLook({ fault: "away" }, NOW).word]).toEqual(["asking", "not known"]);
});

test("what was read back of a run is said with what was not", () => {
  const verified = { at: NOW - HOUR, bad: 0, notTested: 0 };
  expect(verifiedWords(aRun(2, { verified }), NOW)).toBe("good, all read, 1 h ago");
  expect(verifiedWords(aRun(2, { verified: { ...verified, notTested: 3 } }), NOW)).toBe("good, 3 files not read, 1 h ago");
  expect(verifiedWords(aRun(2, { verified: { ...verified, bad: 1 } }), NOW)).toBe("1 file damaged, 1 h ago");
  expect(verifiedWords(aRun(2), NOW)).toBe("-");
});
