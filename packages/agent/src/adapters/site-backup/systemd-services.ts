import type { SiteServices } from "../../app/site-backup/ports.ts";
import { runProgram } from "./commands.ts";

/** Time limit of one request to the service manager, ms. */
const REQUEST_MS = 300_000;

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

const limit = (): AbortSignal => AbortSignal.timeout(REQUEST_MS);
