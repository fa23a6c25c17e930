import { setTimeout as sleep } from "node:timers/promises";
import { SitewrightError } from "@sitewright/protocol";
import type { MachineStart, SiteServices } from "../../app/site-backup/ports.ts";
import { stateIn } from "../service/windows.ts";
import { runProgram } from "./commands.ts";

/** Time limit of one request to the service manager, ms. */
const REQUEST_MS = 300_000;
const POLL_MS = 500;

export const systemdServices: SiteServices = {
  async isRunning(name) {
    // Its exit code is 3 for a service that does not run.
    const state = await runProgram(["systemctl", "show", "--property=ActiveState", "--value", name], limit());
    const word = state.trim();
    return word !== "inactive" && word !== "failed";
  },
  stop: async (name, signal) => void (await runProgram(["systemctl", "stop", name], AbortSignal.any([signal, limit()]))),
  start: async (name) => void (await runProgram(["systemctl", "start", name], limit())),
  startsWithMachine: async (name) =>
    (await runProgram(["systemctl", "show", "--property=UnitFileState", "--value", name], limit())).trim() === "enabled" ? "yes" : "no",
  setStartsWithMachine: async (name, starts) =>
    void (await runProgram(["systemctl", starts === "no" ? "disable" : "enable", name], limit())),
};

export const windowsServices: SiteServices = {
  isRunning: async (name) => (await stateOf(name)) !== "STOPPED",
  async stop(name, signal) {
    if ((await stateOf(name)) !== "STOPPED") await runProgram([SC, "stop", name], AbortSignal.any([signal, limit()]));
    await settle(name, "STOPPED", signal);
  },
  async start(name) {
    await runProgram([SC, "start", name], limit());
    await settle(name, "RUNNING", limit());
  },
  startsWithMachine: async (name) => machineStartIn(await runProgram([SC, "qc", name], limit())),
  setStartsWithMachine: async (name, starts) => void (await runProgram([SC, "config", name, "start=", START_WORDS[starts]], limit())),
};

const START_WORDS: Record<MachineStart, string> = { yes: "auto", delayed: "delayed-auto", no: "demand" };

/** @param text What `sc.exe qc` writes. */
export function machineStartIn(text: string): MachineStart {
  const [, delayed] = /^\s*START_TYPE\s*:\s*2\s+\S+[ \t]*(\()?/m.exec(text) ?? ["", null];
  return delayed === null ? "no" : delayed === undefined ? "yes" : "delayed";
}

const SC = `${process.env.SystemRoot ?? String.raw`C:\Windows`}\\System32\\sc.exe`;

async function stateOf(name: string): Promise<string> {
  const state = stateIn(await runProgram([SC, "query", name], limit()));
  if (state === undefined) throw new SitewrightError("IO_ERROR", `Windows does not state whether the service ${name} runs`);
  return state;
}

async function settle(name: string, wanted: string, signal: AbortSignal): Promise<void> {
  const until = Date.now() + REQUEST_MS;
  while ((await stateOf(name)) !== wanted) {
    signal.throwIfAborted();
    if (Date.now() > until)
      throw new SitewrightError("IO_ERROR", `the service ${name} is not ${wanted.toLowerCase()} after ${REQUEST_MS / 1000} s`);
    await sleep(POLL_MS);
  }
}

const limit = (): AbortSignal => AbortSignal.timeout(REQUEST_MS);
