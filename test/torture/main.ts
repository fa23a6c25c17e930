import { parseArgs } from "node:util";
import { build } from "../../scripts/support/build.ts";
import { isMemoryDiskFit, MEMORY_DISK } from "../../scripts/support/memory-disk.ts";
import { ensureInstalled } from "../../scripts/support/installed.ts";
import { REDIS_SERVER } from "../../scripts/support/redis-server.ts";
import { torture, type Verdict } from "./torture.ts";

/** Damages a whole hierarchy for some minutes; docs/torture.md says how to read what it prints. */
const SHOWN = 20;
/** What half an hour takes in files, bytes. */
const ROOM = 2 * 1024 ** 3;

const { minutes, seed, keep } = readArguments();
if (process.platform !== "linux") fail("this needs Linux: it reads /proc and stops processes");
ensureInstalled(REDIS_SERVER);
build();
// Every step of the programs is synced.
if (process.env.TMPDIR === undefined && isMemoryDiskFit(ROOM)) process.env.TMPDIR = MEMORY_DISK;
console.log(`seed ${seed}, ${minutes} min`);
const verdict = await torture({ seed, durationMs: minutes * 60_000, tell: (line) => console.log(line), keep });
report(verdict);
process.exit(verdict.held ? 0 : 1);

function report({ checks, facts, held, kept }: Verdict): void {
  console.log(`\n${facts}\n`);
  for (const { name, violations } of checks) {
    console.log(`${violations.length === 0 ? "held      " : "VIOLATED  "}${name}`);
    for (const violation of violations.slice(0, SHOWN)) console.log(`            ${violation}`);
    if (violations.length > SHOWN) console.log(`            and ${violations.length - SHOWN} more`);
  }
  if (kept !== undefined) console.log(`\nthe files of all programs are in ${kept}`);
  const broken = checks.filter(({ violations }) => violations.length > 0).length;
  console.log(
    `\ntorture: seed ${seed}, ${minutes} min: ${held ? "everything held" : `${broken} of ${checks.length} checks were VIOLATED`}`,
  );
}

function readArguments(): { minutes: number; seed: number; keep: boolean } {
  try {
    const text = { type: "string" } as const;
    const { values } = parseArgs({
      options: { minutes: { ...text, default: "1" }, seed: text, keep: { type: "boolean", default: false } },
    });
    const read = (name: string, text: string, least: number): number => {
      const value = Number(text);
      return Number.isFinite(value) && value >= least ? value : fail(`--${name} ${text}: give a number from ${least}`);
    };
    const any = Math.floor(Math.random() * 1e6);
    return { minutes: read("minutes", values.minutes, 0.1), seed: Math.floor(read("seed", values.seed ?? `${any}`, 0)), keep: values.keep };
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

function fail(message: string): never {
  console.error(`torture: ${message}`);
  console.error("usage: npm run torture -- [--minutes N] [--seed S] [--keep]");
  process.exit(1);
}
