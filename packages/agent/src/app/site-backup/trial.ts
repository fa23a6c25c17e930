import { SitewrightError } from "@sitewright/protocol";
import type { SnapshotPart } from "@sitewright/protocol/site-backup";
import type { Commands, RunRecord } from "./ports.ts";

/** How much there is of a folder. */
export interface Counts {
  files: number;
  bytes: number;
}

/** What a trial restore found. */
export interface Trial {
  form: 1;
  id: string;
  run: string;
  /** ms since 1970. */
  began: number;
  ended?: number;
  /** `sound`: all of the run could be restored, and every check of it succeeded. */
  state: "running" | "sound" | "faulty";
  /** Commands that read it, and why they failed. */
  checks: { target: string; words: string[]; fault?: string }[];
  /** Of what was saved from a folder: how much the run has of it, and how much there is now (missing: it is not there). */
  compared: { part: SnapshotPart; target: string; saved: Counts; present?: Counts }[];
  faults: string[];
  /** When what was restored was removed again, ms since 1970. */
  cleaned?: number;
}

export interface TrialPorts {
  /** Durable when it resolves. */
  write(trial: Trial): Promise<void>;
  /** Restores all of the run into the folder of the trial. Throws `SNAPSHOT_DAMAGED`. */
  restore(record: RunRecord): Promise<void>;
  /** Runs what cannot be heard by others: a restored copy that talks would pass for the site. */
  commands: Commands;
  /** Undefined: there is nothing. */
  count(folder: string, signal: AbortSignal): Promise<Counts | undefined>;
  /** Removes the folder of the trial. */
  clean(): void;
  now(): number;
}

export interface TrialRequest {
  id: string;
  record: RunRecord;
  /** Of the control file, in the folder of the trial; targets in the form of records. */
  checks: readonly { target: string; words: string[] }[];
  /** Folders of the live site, by the target that they are saved as. */
  sources: ReadonlyMap<string, string>;
  signal: AbortSignal;
}

/** Restores a run where nobody uses it, reads it, compares it with the site, and removes it again. Throws only what prevents a record. */
export async function tryRestore(ports: TrialPorts, { id, record, checks, sources, signal }: TrialRequest): Promise<Trial> {
  const trial: Trial = { form: 1, id, run: record.run, began: ports.now(), state: "running", checks: [], compared: [], faults: [] };
  // Before anything is written: whatever ends this process from now on, it is removed again.
  await ports.write(trial);
  try {
    await ports.restore(record);
    for (const { target, words } of checks) {
      signal.throwIfAborted();
      const fault = await faultOf(ports.commands.run(words, signal));
      trial.checks.push({ target, words, ...(fault === undefined ? {} : { fault }) });
      if (fault !== undefined) trial.faults.push(`the check of ${target} failed: ${fault}`);
    }
    for (const { part, target, files, bytes } of record.parts) {
      const source = sources.get(target);
      if (source === undefined) continue;
      const present = await ports.count(source, signal);
      trial.compared.push({ part, target, saved: { files, bytes }, ...(present ? { present } : {}) });
    }
    signal.throwIfAborted();
  } catch (error) {
    trial.faults.push(signal.aborted ? "the trial was cancelled" : SitewrightError.from(error).message);
  }
  trial.state = trial.faults.length === 0 ? "sound" : "faulty";
  return cleanTrial(ports, trial);
}

/** Removes what a trial restored, and records that. May be repeated. */
export async function cleanTrial(ports: Pick<TrialPorts, "write" | "clean" | "now">, trial: Trial): Promise<Trial> {
  if (trial.state === "running") {
    trial.state = "faulty";
    trial.faults.push("the trial was ended from outside");
  }
  ports.clean();
  trial.cleaned = ports.now();
  trial.ended ??= trial.cleaned;
  await ports.write(trial);
  return trial;
}

async function faultOf(work: Promise<void>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return SitewrightError.from(error).message;
  }
}
