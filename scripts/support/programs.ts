import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const PROGRAMS = {
  sitewright: join(root, "packages/coordinator/bin/sitewright.mjs"),
  "sitewright-agent": join(root, "packages/agent/bin/sitewright-agent.mjs"),
} as const;

export type Program = keyof typeof PROGRAMS;

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a program of this project to its end; `showErrors` passes its standard error on. */
export async function runProgram(
  program: Program,
  args: string[],
  options: { env?: NodeJS.ProcessEnv; showErrors?: boolean; input?: string; cwd?: string } = {},
): Promise<Finished> {
  const child = spawn(process.execPath, [PROGRAMS[program], ...args], {
    env: { ...process.env, ...options.env },
    ...(options.cwd ? { cwd: options.cwd } : {}),
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", options.showErrors ? "inherit" : "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (data) => (stdout += data));
  child.stderr?.on("data", (data) => (stderr += data));
  child.stdin?.end(options.input);
  await once(child, "close");
  return { code: child.exitCode, stdout, stderr };
}

/** Starts a program that keeps running; its output goes to `log`. */
export function startProgram(program: Program, args: string[], options: { log: string; env?: NodeJS.ProcessEnv }): ChildProcess {
  mkdirSync(dirname(options.log), { recursive: true });
  const log = createWriteStream(options.log, { flags: "a" });
  const child = spawn(process.execPath, [PROGRAMS[program], ...args], {
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  return child;
}

/** Ends a process by a signal, and after `timeoutMs` by force; resolves when it has ended. */
export async function stopProgram(child: ChildProcess, timeoutMs = 10_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const force = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
  await gone;
  clearTimeout(force);
}

const [SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS] = [20, 200];

/**
 * Waits until `probe` returns something; throws with `what` after `timeoutMs`. It asks at intervals of a twentieth of the time that it has
 * waited: most probes are requests, and those of tests that wait take a processor from those that work.
 */
export async function waitFor<T>(what: string, probe: () => T | undefined | Promise<T | undefined>, timeoutMs = 120_000): Promise<T> {
  const began = Date.now();
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    const waited = Date.now() - began;
    if (waited > timeoutMs) throw new Error(`waited ${timeoutMs / 1000} s without success for ${what}`);
    await sleep(Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, waited / 20)));
  }
}
