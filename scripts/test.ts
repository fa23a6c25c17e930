import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./support/build.ts";
import { ensureChromium } from "./support/chromium.ts";
import { ensureRedisServer } from "./support/redis-server.ts";
import { run } from "./support/run.ts";
import { ensureSamba } from "./support/samba.ts";

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

const report = join(tmpdir(), `sitewright-tests-${process.pid}.json`);
const { status } = spawnSync("vitest", ["run", "--reporter=default", "--reporter=json", `--outputFile=${report}`, ...args], {
  stdio: "inherit",
  shell: process.platform === "win32",
});
const { numPassedTests, numFailedTests, numTotalTests } = JSON.parse(readFileSync(report, "utf8")) as Record<string, number>;
rmSync(report);
console.log(`\ntests: ${numPassedTests} passed, ${numFailedTests} failed`);
process.exit(status !== 0 || numTotalTests === 0 ? 1 : 0);
