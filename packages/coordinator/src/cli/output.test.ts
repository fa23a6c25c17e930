import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runTotals } from "@sitewright/protocol";
import { aPhase, aRun } from "../../test-support/fakes.ts";
import { renderLogLine } from "./commands/logs.ts";
import { problemLine, renderRun } from "./render/run-lines.ts";

const NASTY = "\u001b[2J\u009b31m\u202e";
const SHOWN = "\\u001b[2J\\u009b31m\\u202e";

const run = (file: string, ...args: string[]) =>
  spawnSync(process.execPath, ["--conditions=@sitewright/source", fileURLToPath(new URL(file, import.meta.url)), ...args], {
    encoding: "utf8",
    env: { PATH: process.env.PATH },
  });

test("control sequences in an error and in a wrong option are shown and have no effect", () => {
  const folder = mkdtempSync(join(tmpdir(), "sitewright-output-"));
  const error = run("main.ts", "status", "--data-dir", `${folder}/${NASTY}\nx`);
  expect(error.stderr).toContain(`(looked in ${folder}/${SHOWN}\n    x)`);
  const option = run("main.ts", "status", `--${NASTY}`);
  expect(option.stderr).toContain(`unknown option '--${SHOWN}'`);
  expect(error.stderr + option.stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  rmSync(folder, { recursive: true });
});

test("a log line with text of other parties stays one line of JSON", () => {
  const logger = new URL("../adapters/logger.ts", import.meta.url).href;
  const script = `import { createLogger } from ${JSON.stringify(logger)}; createLogger({ level: "info", keep: () => {} }).info({ name: ${JSON.stringify(NASTY)} }, "a\\nb");`;
  const { stdout } = spawnSync(process.execPath, ["--conditions=@sitewright/source", "--input-type=module", "-e", script], {
    encoding: "utf8",
  });
  expect(stdout.split("\n")).toHaveLength(2);
  expect(stdout).toContain(SHOWN);
  expect(JSON.parse(stdout)).toMatchObject({ name: NASTY, msg: "a\nb" });
});

test("a message of an agent cannot imitate a line of the program, in a run, in a problem and in a log", () => {
  const message = "no room\nsitewright: everything is well";
  const outcome = { kind: "failed" as const, code: "DISK_FULL" as const, message, retryable: false };
  const phases = [aPhase({ state: "failed", outcome })];
  const view = { run: aRun({ state: "failed", endedAt: 2, error: { code: "INTERNAL", message } }), phases, totals: runTotals(phases) };
  const lines = [renderRun({ ...view, sequence: 1 }, 3), problemLine({ code: "SOURCE_NAME", message, leftOut: true })]
    .join("\n")
    .split("\n");
  expect(lines.filter((line) => line.includes("everything is well"))).toEqual(Array(3).fill("    sitewright: everything is well"));
  expect(renderLogLine({ time: 0, side: "agent", level: "info", message })).toContain("no room\\nsitewright: everything is well");
});
