import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./support/build.ts";
import { ensureChromium } from "./support/chromium.ts";
import { ensureRedisServer } from "./support/redis-server.ts";
import { run, runToEnd } from "./support/run.ts";
import { ensureSamba } from "./support/samba.ts";
import { ensureWindows } from "./support/windows/ensure-windows.ts";

/** All checks: types, lint, build, generated code, then all tests. Arguments are passed to vitest. */
const args = process.argv.slice(2);
ensureRedisServer();
ensureChromium();
ensureSamba();
build();
run("tsc", ["-b"]);
if (args.length === 0) {
  run("oxfmt", ["--check"]);
  run("oxlint", ["--type-aware", "--deny-warnings"]);
  run(process.execPath, ["scripts/gen.ts", "--check"]);
}
const withWindows = args.length === 0 || args.some((arg) => arg.includes("windows"));
const noWindows = withWindows ? await ensureWindows() : undefined;
const notRun = noWindows === undefined ? "" : `the tests on Windows were not run: ${noWindows}`;
if (notRun !== "") console.error(`sitewright: ${notRun}`);
// Where changes are accepted, nothing is left out.
if (notRun !== "" && process.env.CI === "true") process.exit(1);

const report = join(tmpdir(), `sitewright-tests-${process.pid}.json`);
const projects = withWindows && notRun === "" ? [] : ["--project=!windows"];
const status = runToEnd("vitest", ["run", "--reporter=default", "--reporter=json", `--outputFile=${report}`, ...projects, ...args]);
const { numPassedTests, numFailedTests, numTotalTests } = JSON.parse(readFileSync(report, "utf8")) as Record<string, number>;
rmSync(report);
console.log(`\ntests: ${numPassedTests} passed, ${numFailedTests} failed${notRun && `; ${notRun}`}`);
process.exit(status !== 0 || numTotalTests === 0 ? 1 : 0);
