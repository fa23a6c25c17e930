import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./support/build.ts";
import { ensureChromium } from "./support/chromium.ts";
import { ensureDebian } from "./support/debian.ts";
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
/** Tests that not every machine can run: the name of their project and of their folder, and what ensures that they can, or says why not. */
const DEMANDING = { windows: ensureWindows, packages: ensureDebian };
const left: string[] = [];
for (const [name, ensure] of Object.entries(DEMANDING)) {
  const isAsked = args.length === 0 || args.some((arg) => arg.includes(name));
  const why = isAsked ? await ensure() : undefined;
  if (why !== undefined) console.error(`sitewright: the tests of '${name}' are not run: ${why}`);
  // Where changes are accepted, nothing is left out.
  if (why !== undefined && process.env.CI === "true") process.exit(1);
  if (!isAsked || why !== undefined) left.push(name);
}

const report = join(tmpdir(), `sitewright-tests-${process.pid}.json`);
const projects = left.map((name) => `--project=!${name}`);
const status = runToEnd("vitest", ["run", "--reporter=default", "--reporter=json", `--outputFile=${report}`, ...projects, ...args]);
const { numPassedTests, numFailedTests, numTotalTests } = JSON.parse(readFileSync(report, "utf8")) as Record<string, number>;
rmSync(report);
console.log(
  `\ntests: ${numPassedTests} passed, ${numFailedTests} failed${args.length === 0 && left.length > 0 ? `; not run: ${left.join(", ")}` : ""}`,
);
process.exit(status !== 0 || numTotalTests === 0 ? 1 : 0);
