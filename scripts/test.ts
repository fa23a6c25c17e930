import { mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./support/build.ts";
import { CHROMIUM } from "./support/chromium.ts";
import { ensureDebian } from "./support/debian.ts";
import { isMemoryDiskFit, MEMORY_DISK } from "./support/memory-disk.ts";
import { ensureInstalled } from "./support/installed.ts";
import { REDIS_SERVER } from "./support/redis-server.ts";
import { begin, run, runToEnd } from "./support/run.ts";
import { SAMBA } from "./support/samba.ts";
import { ensureWindows } from "./support/windows/ensure-windows.ts";

/** All checks: types, lint, build, generated code, then all tests. Arguments are passed to vitest. */
const args = process.argv.slice(2);
ensureInstalled(REDIS_SERVER, CHROMIUM, SAMBA);
run("tsc", ["-b"]);
/** They read the sources only, and none of them keeps two processors busy: they run beside the builds. */
const checks =
  args.length > 0
    ? []
    : [
        begin("oxfmt", ["--check"]),
        begin("oxlint", ["--type-aware", "--deny-warnings"]),
        begin(process.execPath, ["scripts/gen.ts", "--check"]),
      ];
build();
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

for (const ended of checks) await ended();

/** What the largest of the tests takes in files, and twice: more run beside it. bytes. */
const ROOM = 16 * 1024 ** 3;

/**
 * A folder for the files of all tests, on a memory disk if it has the room: syncing, which the product does after every step, takes a
 * third of their time elsewhere. Tests of what a disk keeps mount one of their own.
 */
function temporaryFolder(): string {
  const place = isMemoryDiskFit(ROOM) ? MEMORY_DISK : tmpdir();
  const prefix = "sitewright-tests-";
  // A run that was killed leaves its files, in the memory of the machine.
  const left = readdirSync(place).filter((name) => name.startsWith(prefix) && !isRunning(Number(name.slice(prefix.length))));
  for (const name of left) removeAll(join(place, name));
  const folder = join(place, `${prefix}${process.pid}`);
  mkdirSync(folder);
  return folder;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** What a killed test left mounted stays. */
function removeAll(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    console.error(`sitewright: ${folder} could not be removed: ${String(error)}`);
  }
}

const folder = temporaryFolder();
process.env.TMPDIR = folder;
const report = join(folder, "report.json");
const projects = left.map((name) => `--project=!${name}`);
const status = runToEnd("vitest", ["run", "--reporter=default", "--reporter=json", `--outputFile=${report}`, ...projects, ...args]);
const results = JSON.parse(readFileSync(report, "utf8")) as Record<string, number>;
const { numPassedTests, numFailedTests, numPendingTests = 0, numTotalTests } = results;
removeAll(folder);
// Some mount file systems, or act as several accounts.
const why = process.getuid?.() === 0 ? "" : ", most of which need root";
const notRun = [...(args.length === 0 ? left : []), ...(numPendingTests > 0 ? [`${numPendingTests} tests${why}`] : [])];
console.log(`\ntests: ${numPassedTests} passed, ${numFailedTests} failed${notRun.length > 0 ? `; not run: ${notRun.join(", ")}` : ""}`);
const isLess = process.env.CI === "true" && args.length === 0 && notRun.length > 0;
process.exit(status !== 0 || numTotalTests === 0 || isLess ? 1 : 0);
