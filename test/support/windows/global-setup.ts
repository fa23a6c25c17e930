import type { ChildProcess } from "node:child_process";
import { copyFileSync, linkSync, mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { AGENT, BASE, NODE, startOnWindows } from "./host.ts";
import { stopProgram } from "../../../scripts/support/programs.ts";
import { fileOf, TARGETS } from "../../../scripts/package/targets.ts";

/** Longer than the tests take: it ends even if they are killed. */
const KEPT_MS = 30 * 60_000;

let kept: ChildProcess | undefined;

/** Puts the agent's Windows build where Windows programs see it, and keeps Windows up between the tests: starting a Wine takes seconds. */
export function setup(): void {
  rmSync(BASE, { recursive: true, force: true });
  mkdirSync(BASE, { recursive: true });
  place(resolve("dist/single/win-x64/sitewright-agent.exe"), AGENT);
  place(fileOf(TARGETS["win-x64"].node), NODE);
  place(fileOf(TARGETS["win-x64"].koffi), join(BASE, "koffi.node"));
  for (const script of ["client.mjs", "service.mjs"]) copyFileSync(resolve("test/support/windows", script), join(BASE, script));
  kept = startOnWindows(NODE, ["-e", `setTimeout(() => {}, ${KEPT_MS})`], join(BASE, "kept.log"));
}

export async function teardown(): Promise<void> {
  if (kept) await stopProgram(kept, 0);
  rmSync(BASE, { recursive: true, force: true });
}

/** A hundred megabytes each: a link where that is possible. */
function place(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}
