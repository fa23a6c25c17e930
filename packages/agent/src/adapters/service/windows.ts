import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { win32 } from "node:path";
import { isSea } from "node:sea";
import { setTimeout as sleep } from "node:timers/promises";
import { SitewrightError } from "@sitewright/protocol";
import { openBoundedLog } from "./bounded-log.ts";
import type { SystemService } from "./port.ts";
import { dispatch } from "./windows-dispatcher.ts";

const NAME = "SitewrightAgent";
/** Time limit of its start and of its stop. */
const SETTLE_MS = 60_000;
const POLL_MS = 200;
/** Words of `sc.exe` that are not translated. */
const STATE = /\b(STOPPED|START_PENDING|STOP_PENDING|RUNNING|CONTINUE_PENDING|PAUSE_PENDING|PAUSED)\b/;
/** Begins the last line of a service that failed. */
const FAILED = "sitewright-agent: ";
const NOT_INSTALLED = 1060;
/** Wine passes on the low byte of an exit code. */
const LOW = 0xff;

/** A service of Windows, without a wrapper: the program itself speaks to the service control manager. */
export const windowsService: SystemService = {
  dataDir: win32.join(process.env.ProgramData ?? "C:\\ProgramData", "Sitewright"),

  async install(dataDir, _, words) {
    if (!isSea()) throw new SitewrightError("BAD_REQUEST", "a service takes the agent's single executable: install it from its zip");
    if (stateOfService() !== undefined) await remove();
    // Without a password or rights to be given, it may read and exchange what any administrator has made.
    sc(
      "create",
      NAME,
      "binPath=",
      serviceLine(process.execPath, dataDir, words),
      "start=",
      "delayed-auto",
      "DisplayName=",
      "Sitewright agent",
    );
    sc("description", NAME, "Rebuilds the shared folders of this system as its coordinator orders.");
    sc("failure", NAME, "reset=", "86400", "actions=", "restart/5000/restart/30000/restart/60000");
    // Also when it says itself that it failed. Wine does not have this, and starts nothing again.
    spawnSync(scProgram(), ["failureflag", NAME, "1"]);
    sc("start", NAME);
    if ((await settled()) !== "RUNNING") {
      const why = lastWords(logOf(dataDir));
      throw new SitewrightError(
        "IO_ERROR",
        `the service ${NAME} does not start${why === undefined ? "" : ` (${why})`}: see ${logOf(dataDir)}. It stays installed, and Windows tries again; 'service remove' ends that`,
      );
    }
    return `the service ${NAME} runs, and starts with the system; its log is ${logOf(dataDir)}`;
  },

  remove,

  status() {
    const state = stateOfService();
    if (state === undefined) return `the service ${NAME} is not installed`;
    return `the service ${NAME} is ${state.toLowerCase().replace("_", " ")}, and starts with the system`;
  },

  async serve(dataDir, work) {
    const log = openBoundedLog(logOf(dataDir));
    process.on("uncaughtExceptionMonitor", (error) => log.write(`${error.stack ?? error.message}\n`));
    try {
      await dispatch(NAME, (signal, started) => work(signal, { log, started }));
    } catch (error) {
      const { code, message } = SitewrightError.from(error);
      log.write(`${FAILED}${code}: ${message}\n`);
      throw error;
    } finally {
      log.close();
    }
  },
};

/** What Windows runs. @param dataDir Absolute. */
export function serviceLine(program: string, dataDir: string, words: readonly string[] = []): string {
  // A backslash before the quote would be read as a part of the name.
  return [`"${program}" run --service --data-dir "${dataDir.replace(/\\+$/, String.raw`$&$&`)}"`, ...words].join(" ");
}

/** In what `sc.exe query` prints. */
export function stateIn(text: string): string | undefined {
  return STATE.exec(text)?.[1];
}

async function remove(): Promise<string> {
  const state = stateOfService();
  if (state === undefined) return `the service ${NAME} is not installed`;
  if (state !== "STOPPED") {
    spawnSync(scProgram(), ["stop", NAME]);
    if ((await settled()) !== "STOPPED") throw new SitewrightError("IO_ERROR", `the service ${NAME} does not stop: try again`);
  }
  sc("delete", NAME);
  return `the service ${NAME} is stopped and removed`;
}

/** Its state as soon as that is a lasting one. */
async function settled(): Promise<string | undefined> {
  const latest = performance.now() + SETTLE_MS;
  for (;;) {
    const state = stateOfService();
    if (!state?.endsWith("_PENDING") || performance.now() > latest) return state;
    await sleep(POLL_MS);
  }
}

function stateOfService(): string | undefined {
  const { status, stdout, error } = spawnSync(scProgram(), ["query", NAME], { encoding: "latin1" });
  if (error) throw new SitewrightError("IO_ERROR", `sc.exe cannot be run: ${error.message}`);
  if (status === NOT_INSTALLED || status === (NOT_INSTALLED & LOW)) return undefined;
  return stateIn(stdout) ?? "UNKNOWN";
}

function sc(...args: string[]): void {
  const { status, stdout, error } = spawnSync(scProgram(), args, { encoding: "latin1" });
  if (status === 0) return;
  const why = (error?.message ?? stdout).trim() || `Windows error ${status}`;
  throw new SitewrightError("IO_ERROR", `sc.exe ${args.slice(0, 2).join(" ")} failed, which takes an administrator: ${why}`);
}

/** By its path: one in the working folder must not run as an administrator. */
function scProgram(): string {
  return win32.join(process.env.SystemRoot ?? "C:\\Windows", "System32", "sc.exe");
}

/** What a process that failed as the service has written at its end. */
function lastWords(log: string): string | undefined {
  try {
    const last = readFileSync(log, "utf8").trimEnd().split("\n").at(-1) ?? "";
    return last.startsWith(FAILED) ? last.slice(FAILED.length) : undefined;
  } catch {
    return undefined;
  }
}

function logOf(dataDir: string): string {
  return win32.join(dataDir, "agent.log");
}
