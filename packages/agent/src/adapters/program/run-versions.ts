import { programToRun, trialBegun, trialFailed, trialPassed, trialPutOff } from "../../domain/programs.ts";
import type { ChildProgram } from "./child-program.ts";
import type { ProgramStore } from "./program-store.ts";

export interface VersionsDeps {
  store: ProgramStore;
  /** Version of the installed executable, which is never touched. */
  installed: string;
  /** Digest of the version that this process is; undefined: the installed one. */
  own: string | undefined;
  /** Runs in this process until it is stopped; `staged`: another version was loaded, to be tried now. */
  runHere(): Promise<"staged" | "stopped">;
  start(path: string, digest: string): ChildProgram;
  /** Makes this process one of that program, and does not return; absent on Windows. */
  become?(path: string, digest: string): never;
  /** Time within which the coordinator must welcome a new version, ms. */
  trialMs: number;
  tell(line: string): void;
  signal: AbortSignal;
}

/**
 * Runs the version that is to run, and tries a staged one first: it becomes the current one when the coordinator has welcomed it in time,
 * else the one before runs again. Ends when the signal is aborted, or with the process of the version that ran.
 * @returns The exit code.
 */
export async function runVersions(deps: VersionsDeps): Promise<number> {
  const { store, installed, own, runHere, start, become, tell, signal } = deps;
  for (;;) {
    const tried = await tryStaged(deps);
    if (tried === "stopped") return 0;
    if (typeof tried === "object") {
      // Where one process can become another, the one on trial ends, so that there are not two for good.
      if (!become) {
        const { code, staged } = await endOf(tried.child, signal);
        if (staged) continue;
        return code;
      }
      await tried.child.stop();
      if (signal.aborted) return 0;
    }
    const chosen = programToRun(await store.read(), installed);
    const path = chosen && chosen.digest !== own ? await store.executable(chosen) : undefined;
    if (chosen && chosen.digest !== own && path === undefined)
      tell(`the version ${chosen.version} in the data folder is absent or was altered, and does not run: order it again`);
    if (!chosen || path === undefined) {
      if ((await runHere()) === "stopped") return 0;
      continue;
    }
    if (become) become(path, chosen.digest);
    const { code, staged } = await endOf(start(path, chosen.digest), signal);
    if (!staged) return code;
  }
}

/** Tries the staged version, if there is one. */
async function tryStaged({ store, start, trialMs, tell, signal }: VersionsDeps): Promise<"none" | "stopped" | { child: ChildProgram }> {
  let programs = await store.read();
  if (programs.trial) {
    // The process that tried it was killed, perhaps with its system.
    programs = trialFailed(programs, "it was interrupted before the coordinator welcomed it");
    await store.write(programs);
  }
  const { staged } = programs;
  if (!staged || signal.aborted) return signal.aborted ? "stopped" : "none";
  programs = trialBegun(programs);
  await store.write(programs);
  const path = await store.executable(staged);
  const child = path === undefined ? undefined : start(path, staged.digest);
  const result = child ? await Promise.race([child.trial(trialMs), aborted(signal)]) : { failed: "its file is absent or was altered" };
  if (child && result === "welcomed") {
    await store.write(trialPassed(programs));
    tell(`the agent is updated to version ${staged.version}`);
    return { child };
  }
  await child?.stop();
  if (result === "stopped") {
    await store.write(trialPutOff(programs));
    return "stopped";
  }
  const { failed } = result as { failed: string };
  await store.write(trialFailed(programs, failed));
  tell(`the version ${staged.version} of the agent failed, and the one before runs again: ${failed}`);
  return "none";
}

async function endOf(child: ChildProgram, signal: AbortSignal): Promise<{ code: number; staged: boolean }> {
  const first = await Promise.race([child.ended, aborted(signal)]);
  if (first !== "stopped") return first;
  await child.stop();
  return { code: 0, staged: false };
}

function aborted(signal: AbortSignal): Promise<"stopped"> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve("stopped");
    else signal.addEventListener("abort", () => resolve("stopped"), { once: true });
  });
}
