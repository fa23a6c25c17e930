import { expect, test } from "vitest";
import { aPhase, aRun } from "../../../test-support/fakes.ts";
import { createLiveView } from "./live-view.ts";
import { logTransitions } from "./log-transitions.ts";

function watched() {
  const live = createLiveView(0);
  const lines: { level: string; message: string; [fact: string]: unknown }[] = [];
  const at = (level: string) => (facts: object, message: string) => void lines.push({ ...facts, level, message });
  logTransitions(live, { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") });
  return { live, lines };
}

test("each step of an order is one line that names order, system and unit; progress is not logged", () => {
  const { live, lines } = watched();
  for (const state of ["waiting", "released", "running", "running", "running", "done"] as const) live.phase(aPhase({ state }));
  expect(lines.map(({ level, message }) => `${level}: ${message}`)).toEqual([
    "debug: stage is released",
    "info: stage is running",
    "info: stage is done",
  ]);
  for (const line of lines) expect(line).toMatchObject({ order: "order-1", system: "SRV1", unit: "dp/ABC00001", run: "run-1" });
});

test("a failure is a warning with its code, its message and its place", () => {
  const { live, lines } = watched();
  live.phase(
    aPhase({ state: "failed", outcome: { kind: "failed", code: "DISK_FULL", message: "no room", path: "/dp", retryable: false } }),
  );
  expect(lines).toMatchObject([
    { level: "warn", message: "stage failed", order: "order-1", code: "DISK_FULL", error: "no room", path: "/dp" },
  ]);
});

test("a run is logged when its state changes", () => {
  const { live, lines } = watched();
  live.run(aRun({ state: "preparing" }), { unit: "dp/ABC00001", files: 1, bytes: 2 });
  live.run(aRun({ state: "preparing" }));
  live.run(aRun({ state: "done", endedAt: 2 }));
  expect(lines.map(({ message, run }) => `${String(run)}: ${message}`)).toEqual(["run-1: the run is preparing", "run-1: the run is done"]);
});
