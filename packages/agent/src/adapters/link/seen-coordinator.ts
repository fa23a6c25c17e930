import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { compareTenures, LIMITS, type Tenure } from "@sitewright/protocol";
import { writeFileAtomic } from "@sitewright/node-kit/atomic-file";
import type { Log, SeenCoordinator } from "../../app/ports/link.ts";

function pathIn(dataDir: string): string {
  return join(dataDir, "seen-coordinator");
}

/** Stored in the data folder, in a file of its own: commands may change agent.json while the agent runs. */
export async function openSeenCoordinator(dataDir: string, log: Log): Promise<SeenCoordinator> {
  const path = pathIn(dataDir);
  let newest = parse(await readFile(path, "utf8").catch(() => ""));
  let written: Promise<void> = Promise.resolve();
  return {
    newest: () => newest,
    keep(tenure) {
      if (newest && compareTenures(tenure, newest) <= 0) return;
      newest = tenure;
      written = written
        .then(() => writeFileAtomic(path, `${JSON.stringify(tenure)}\n`, 0o600))
        .catch((error: unknown) => log("warn", "which coordinator was the newest could not be stored", { err: error }));
    },
  };
}

/** For an agent that joins again: another coordinator may count from a clock that is behind. */
export async function forgetSeenCoordinator(dataDir: string): Promise<void> {
  await rm(pathIn(dataDir), { force: true });
}

function parse(text: string): Tenure | undefined {
  try {
    const { restored, started } = JSON.parse(text) as Partial<Tenure>;
    const isNumber = (value: unknown): value is number =>
      Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= LIMITS.tenure;
    return isNumber(restored) && isNumber(started) ? { restored, started } : undefined;
  } catch {
    return undefined;
  }
}
