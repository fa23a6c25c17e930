import { expect, test } from "vitest";
import { runTotals } from "@sitewright/protocol";
import type { Phase, Run } from "@sitewright/protocol/api";
import { aPhase, aRun } from "../../test-support/fakes.ts";
import { EXIT, exitCodeOf } from "./exit-codes.ts";
import type { Followed } from "./follow.ts";

const done = aPhase({ state: "done" });
const failed = (code: "IO_ERROR" | "AGENT_UNREACHABLE"): Phase =>
  aPhase({ state: "failed", outcome: { kind: "failed", code, message: "", retryable: true } });
const away = aPhase({ state: "waiting", waitingFor: "agent-offline" });
const leftOut: Run["problems"] = [{ code: "SITE_DATA_INVALID", message: "", leftOut: true }];

test.each<[string, number, Partial<Run>, Phase[], Followed["settled"]]>([
  ["everything is done", EXIT.ok, { state: "done" }, [done], "ended"],
  ["a unit failed", EXIT.failed, { state: "failed" }, [done, failed("IO_ERROR")], "ended"],
  ["only absent agents are missing", EXIT.unreachable, { state: "failed" }, [done, failed("AGENT_UNREACHABLE")], "ended"],
  ["orders wait for absent agents", EXIT.unreachable, {}, [done, away], "unreachable"],
  ["a unit failed and others wait", EXIT.failed, {}, [away, failed("IO_ERROR")], "unreachable"],
  ["a package was left out before it had a phase", EXIT.failed, { state: "failed", problems: leftOut }, [done], "ended"],
  ["a package was left out and agents are absent", EXIT.failed, { problems: leftOut }, [away], "unreachable"],
  ["nothing could be started", EXIT.failed, { state: "failed", error: { code: "NOTHING_SELECTED", message: "" } }, [], "ended"],
  ["the run was cancelled", EXIT.failed, { state: "cancelled" }, [aPhase({ state: "cancelled" })], "ended"],
  ["a newer run superseded a part", EXIT.failed, { state: "failed" }, [done, aPhase({ state: "cancelled" })], "ended"],
])("when %s, the exit code is %d", (_, code, run, phases, settled) => {
  expect(exitCodeOf({ view: { run: aRun(run), phases, totals: runTotals(phases), sequence: 0 }, settled })).toBe(code);
});
