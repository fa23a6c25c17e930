import { SitewrightError } from "@sitewright/protocol";
import type { Commands, Owed, OwedJournal, RunRecord, SiteServices } from "./ports.ts";

export interface StartPorts {
  services: SiteServices;
  commands: Commands;
  journal: OwedJournal;
  sleep(ms: number): Promise<void>;
}

/** Time limit of one command of [Start], ms. */
const COMMAND_MS = 600_000;
/** A service that does not start is tried again. */
const TRIES = 3;
const PAUSE_MS = 2000;

/**
 * Carries out [Start], then starts what ran before and still does not. Every step is tried, whatever others did. The journal is cleared when
 * all that ran before runs again; else it stays, for the next start of the agent. May be repeated.
 * @returns What failed, in words.
 */
export async function startOwed(ports: StartPorts, owed: Owed): Promise<string[]> {
  const faults: string[] = [];
  for (const { line, action } of owed.start) {
    try {
      if (action.kind === "service") await startService(ports, action.name);
      else if (action.kind === "sleep") await ports.sleep(action.seconds * 1000);
      else if (action.kind === "command") await ports.commands.run(action.words, AbortSignal.timeout(COMMAND_MS));
    } catch (error) {
      faults.push(`line ${line}: ${SitewrightError.from(error).message}`);
    }
  }
  let all = true;
  for (const name of owed.services) {
    try {
      await startService(ports, name);
    } catch (error) {
      all = false;
      faults.push(`the service ${name} does not run: ${SitewrightError.from(error).message}`);
    }
  }
  if (all) await ports.journal.clear();
  return faults;
}

/**
 * Services that a run stopped and that do not run again, as an alert.
 * @param runs Those that have ended: of one that is under way nothing is to be said.
 */
export async function owedAlerts(
  { services, journal }: Pick<StartPorts, "services" | "journal">,
  runs: readonly RunRecord[],
): Promise<string[]> {
  const owed = await journal.read();
  if (!owed || runs.every(({ run }) => run !== owed.run)) return [];
  const stopped: string[] = [];
  for (const name of owed.services) if (!(await services.isRunning(name))) stopped.push(name);
  if (stopped.length === 0) return [];
  return [
    `the services ${stopped.join(", ")} of the site do not run since the backup ${owed.run}, which could not start them: mend that, then start them by 'sitewright-agent site-backup recover'`,
  ];
}

async function startService({ services, sleep }: StartPorts, name: string): Promise<void> {
  for (let tried = 1; ; tried++) {
    try {
      return await services.start(name);
    } catch (error) {
      if (tried === TRIES) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

/** After a crash or a kill: starts what the run left stopped, and records that it failed. @returns Undefined: nothing was owed. */
export async function recoverOwed(
  ports: StartPorts,
  store: { runs(): Promise<{ run: string }[]>; publishFailed(owed: Owed, faults: string[]): Promise<void> },
): Promise<string[] | undefined> {
  const owed = await ports.journal.read();
  if (!owed) return undefined;
  const faults = await startOwed(ports, owed);
  const known = await store.runs();
  if (known.every(({ run }) => run !== owed.run))
    await store.publishFailed(owed, ["the run was ended from outside before it was complete", ...faults]);
  return faults;
}
