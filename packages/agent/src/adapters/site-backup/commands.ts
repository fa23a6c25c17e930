import { spawn } from "node:child_process";
import { SitewrightError } from "@sitewright/protocol";
import type { Commands } from "../../app/site-backup/ports.ts";
import { platform } from "../disk/platform/platform.ts";

/** Characters of a program's output that an error repeats. */
const LAST_WORDS = 500;
/** What a program started and left running may hold its output open for ever: the rest of it is waited for this long, ms. */
const REST_MS = 2000;

/** Programs of the control file. They read nothing, and no shell reads their words. */
export const commands: Commands = {
  run: (words, signal) => runProgram(words, signal).then(() => undefined),
};

/** @returns What it wrote to standard output, of which at most 64 KiB are kept. Throws `IO_ERROR`. */
export async function runProgram([program = "", ...args]: readonly string[], signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  // A group of its own, so that its children end with it.
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], detached: true, windowsHide: true });
  let out = "";
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out = `${out}${text}`.slice(-64 * 1024)));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said = `${said}${text}`.slice(-LAST_WORDS)));
  let rest: NodeJS.Timeout | undefined;
  const kill = () => child.pid !== undefined && platform.endTree(child.pid);
  signal.addEventListener("abort", kill, { once: true });
  try {
    const code = await new Promise<number | string>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (status, by) => resolve(status ?? by ?? "?"));
      child.on("exit", (status, by) => (rest = setTimeout(() => resolve(status ?? by ?? "?"), REST_MS)));
    });
    signal.throwIfAborted();
    if (code !== 0) throw new SitewrightError("IO_ERROR", `${program} ended with ${code}${said.trim() === "" ? "" : `: ${said.trim()}`}`);
    return out;
  } catch (error) {
    if (error instanceof SitewrightError || signal.aborted) throw error;
    throw new SitewrightError("IO_ERROR", `${program} cannot be run: ${(error as Error).message}`, { path: program, cause: error });
  } finally {
    clearTimeout(rest);
    child.stdout.destroy();
    child.stderr.destroy();
    signal.removeEventListener("abort", kill);
  }
}
