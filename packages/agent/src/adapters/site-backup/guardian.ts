import { spawn } from "node:child_process";
import { once } from "node:events";
import { isSea } from "node:sea";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Starts a process that outlives this one: when this one ends, however it does, or does not end in time, it starts what is owed. It knows of
 * the end by a pipe, which the system closes.
 * @param words Of its command line.
 * @returns Resolves when it watches; to be disposed of when the work is over, which counts as the end of this process.
 */
export async function startGuardian(words: readonly string[]): Promise<Disposable> {
  const self = isSea() ? [] : [...process.execArgv, process.argv[1] as string];
  const child = spawn(process.execPath, [...self, ...words], { stdio: ["pipe", "pipe", "ignore"], detached: true, windowsHide: true });
  await Promise.race([
    once(child.stdout, "data"),
    once(child, "exit").then(() => Promise.reject(new Error("the guardian of the backup ended at once"))),
  ]);
  child.unref();
  for (const stream of [child.stdin, child.stdout]) (stream as unknown as { unref(): void }).unref();
  return {
    [Symbol.dispose]() {
      child.stdin.destroy();
      child.stdout.destroy();
    },
  };
}

/** In that process: resolves when the one that started it has ended, or at `until` (ms since 1970). */
export async function parentEnds(until: number): Promise<void> {
  process.stdout.write("watching\n");
  process.stdin.resume();
  await Promise.race([
    once(process.stdin, "close"),
    once(process.stdin, "end"),
    sleep(Math.max(0, until - Date.now()), undefined, { ref: false }),
  ]);
  process.stdin.destroy();
}
