import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";

/** A command that runs others, such as `ip netns exec NAME`; empty for none. */
export type Within = readonly string[];

const alive = new Set<ChildProcess>();
// At any end of the bench, none of its processes continues.
process.on("exit", () => {
  for (const child of alive) killAll(child);
});

/** A process is the leader of a group of its own, with its children. */
function killAll(child: ChildProcess): void {
  if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
}

function kept<Child extends ChildProcess>(child: Child): Child {
  alive.add(child);
  child.once("exit", () => alive.delete(child));
  return child;
}

export interface StartOptions {
  within?: Within;
  /** Takes standard output and standard error. */
  log?: string;
  /** `pipe`: the caller reads standard output. */
  output?: "pipe";
  env?: NodeJS.ProcessEnv;
}

export function start(command: string, args: readonly string[], { within = [], log, output: toUs, env }: StartOptions = {}): ChildProcess {
  const [first = command, ...rest] = [...within, command, ...args];
  const output = log === undefined ? "ignore" : openSync(log, "a");
  try {
    return kept(spawn(first, rest, { stdio: ["ignore", toUs ?? output, output], env: { ...process.env, ...env }, detached: true }));
  } finally {
    if (typeof output === "number") closeSync(output);
  }
}

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
  seconds: number;
}

export async function finish(
  command: string,
  args: readonly string[],
  { within = [], env }: Pick<StartOptions, "within" | "env"> = {},
): Promise<Finished> {
  const [first = command, ...rest] = [...within, command, ...args];
  const started = performance.now();
  const child = kept(spawn(first, rest, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env }, detached: true }));
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (data) => (stdout += data));
  child.stderr.on("data", (data) => (stderr += data));
  const exited = once(child, "exit").then(() => performance.now());
  await once(child, "close");
  return { code: child.exitCode, stdout, stderr, seconds: ((await exited) - started) / 1000 };
}

/** Runs to the end; throws with its output on failure. @returns Seconds from its start to its exit. */
export async function time(command: string, args: readonly string[], options: Pick<StartOptions, "within" | "env"> = {}): Promise<number> {
  const { code, stderr, seconds } = await finish(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}: ${stderr.trim().split("\n").slice(-5).join("\n")}`);
  return seconds;
}

/** Runs to the end, as `time`. @returns Seconds of the clock, and of the processor, with its children. */
export async function timeWithCpu(command: string, args: readonly string[]): Promise<{ seconds: number; cpuSeconds: number }> {
  const script = `TIMEFORMAT="%R %U %S"; time "$@"`;
  const { code, stderr } = await finish("bash", ["-c", script, "bash", command, ...args], { env: { LC_ALL: "C" } });
  const lines = stderr.trim().split("\n");
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}: ${lines.slice(-5).join("\n")}`);
  const [seconds = 0, user = 0, system = 0] = (lines.at(-1) ?? "").split(" ").map(Number);
  return { seconds, cpuSeconds: user + system };
}

/** SIGKILL to a process and its children; resolves when it has ended. */
export async function killGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  killAll(child);
  await gone;
}

/** SIGKILL to this process alone. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

/** Resources used by a process so far: processor time in seconds (all threads) and its peak memory in bytes. */
export interface Usage {
  cpuSeconds: number;
  peakBytes: number;
}

const TICKS = 100; // USER_HZ, the unit of /proc on every Linux that Node.js runs on

/** Resident memory now, bytes. */
export function residentOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}

/** Processor time of the children of a process that have ended, in seconds. */
export function cpuOfChildren(pid: number): number {
  const fields = statOf(pid);
  return (Number(fields[13]) + Number(fields[14])) / TICKS;
}

function statOf(pid: number): string[] {
  // After the name, which is in brackets and may contain anything.
  return readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
}

export function usageOf(pid: number): Usage {
  const fields = statOf(pid);
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS, peakBytes: Number(peak) * 1024 };
}
