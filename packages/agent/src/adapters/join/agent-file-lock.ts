import { closeSync, existsSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { databaseFault, SitewrightError } from "@sitewright/protocol";
import { diskError } from "../disk/disk-error.ts";
import { lockFile } from "../lock-file.ts";

/** Changes take some milliseconds, or as long as the check of a role root. */
const WAIT_MS = 10_000;
const PAUSE_MS = 20;

/**
 * Excludes every other change of agent.json, by this or another process, until it is disposed of; a kill releases it. Throws
 * `AGENT_DATA_IN_USE` when another change lasts longer than `waitMs`.
 */
export async function lockAgentFile(dataDir: string, waitMs: number = WAIT_MS): Promise<Disposable> {
  const path = join(dataDir, "agent.json.lock");
  const end = performance.now() + waitMs;
  for (;;) {
    try {
      return take(path);
    } catch (cause) {
      const fault = databaseFault(cause);
      if (!fault) throw diskError(cause, path, "");
      if (fault.code !== "FILE_IN_USE") throw new SitewrightError(fault.code, `${path}: ${fault.why}`, { path, cause });
      if (performance.now() >= end)
        throw new SitewrightError(
          "AGENT_DATA_IN_USE",
          `another command has been changing ${join(dataDir, "agent.json")} for ${waitMs / 1000} s: let it end, then try again`,
          { path, cause },
        );
    }
    // Not SQLite's own waiting, which would stop the thread: the other change may be one of this process.
    await setTimeout(PAUSE_MS);
  }
}

function take(path: string): Disposable {
  // SQLite would make a file that others may read. One that is there is not opened: closing it again would end a lock of this process.
  if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
  return lockFile(path);
}
