import { expect, test } from "vitest";
import type { Deviation } from "@sitewright/protocol";
import { reportWords } from "./troubles.ts";

const none = { missing: 0, extra: 0, damaged: 0, rights: 0 };
const report = { right: false, absent: false, stale: false, files: 1, bytes: 1 };

test("a report names a path of each kind first, and counts the rest", () => {
  const missing = ["a", "b", "c"].map((path): Deviation => ({ kind: "missing", path }));
  const counts = { ...none, missing: 300, damaged: 1 };
  const deviations: Deviation[] = [...missing, { kind: "damaged", path: "d" }];
  expect(reportWords({ ...report, deviations, deviationCount: 301, counts })).toBe("300 missing, 1 damaged (a, d, b and 298 more).");
  expect(reportWords({ ...report, absent: true, deviations, deviationCount: 301, counts })).toBe("Absent: nothing of it is served.");
});
