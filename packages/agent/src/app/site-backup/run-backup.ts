import { SitewrightError, plural } from "@sitewright/protocol";
import { targetIn, type BackupStep, type ControlPlan, type SnapshotPart } from "@sitewright/protocol/site-backup";
import type { Owed, RunRecord, SavedPart, Scratch, SnapshotStore, SnapshotWriter } from "./ports.ts";
import { startOwed, type StartPorts } from "./start-owed.ts";
import { pause, requireStopped, runningServices, stopAll } from "./stop-site.ts";

export interface BackupPorts extends StartPorts {
  store: SnapshotStore;
  scratch: Scratch;
  /** A report of this machine, as text. */
  report(signal: AbortSignal): Promise<string>;
  /** Saves a key of the registry to a file. */
  exportKey(key: string, target: string, signal: AbortSignal): Promise<void>;
  now(): number;
}

export interface BackupRequest {
  plan: ControlPlan;
  /** SHA-256 of the control file, hex. */
  control: string;
  run: string;
  /** Longest time that the services may be stopped, ms. */
  limitMs: number;
  /** Aborted: the run is given up, and the services are started. */
  signal: AbortSignal;
}

/** Longest time of the report, ms: it asks other programs and disks. */
const REPORT_MS = 60_000;

/**
 * Makes one snapshot: stops, saves, starts. The services are started whatever fails. Nothing is in the store before all of it is there, and
 * earlier runs are not touched. Throws only what prevents a record.
 */
export async function runBackup(ports: BackupPorts, request: BackupRequest): Promise<RunRecord> {
  const { plan, control, run, limitMs } = request;
  const began = ports.now();
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(limitMs)]);
  const record: RunRecord = {
    form: 1,
    run,
    site: plan.site ?? "",
    state: "failed",
    control,
    began,
    ended: began,
    parts: [],
    absent: plan.absent,
    faults: [],
    added: 0,
  };
  const owed: Owed = { run, until: began + limitMs, services: [], start: plan.start };
  const writer = await ports.store.begin(run);
  try {
    owed.services = await runningServices(ports, plan.stop);
    // Before the first step: whatever ends this process from now on, the services are started.
    await ports.journal.write(owed);
    await stopAll(ports, plan.stop, signal);
    const from = ports.now();
    for (const step of plan.tasks) await saveStep({ ports, plan, record, writer, signal }, step);
    await requireStopped(ports, plan.stop, "was started during the backup");
    record.stopped = { from, to: ports.now() };
    record.faults.push(...emptyParts(record.parts));
  } catch (error) {
    record.faults.push(
      request.signal.aborted
        ? "the run was cancelled"
        : signal.aborted
          ? `the time limit of ${plural(limitMs / 60_000, "minute")} is over`
          : SitewrightError.from(error).message,
    );
    delete record.stopped;
  }
  record.faults.push(...(await startOwed(ports, owed)));
  await finish(ports, { plan, record, writer });
  return record;
}

/** Removes what dumps of a run left that was killed: on a disk that they filled there is no room for a record. No run may be under way. */
export async function clearDumps({ scratch }: Pick<BackupPorts, "scratch">, { tasks }: ControlPlan): Promise<void> {
  for (const { action } of tasks)
    // What cannot be removed is reported by its line.
    if (action.kind === "dump" || action.kind === "export") await scratch.clear(action.target).catch(() => undefined);
}

/** A folder without a file is what a disk that is not mounted leaves, and no part of a site. */
function emptyParts(parts: readonly SavedPart[]): string[] {
  const filled = new Set(parts.flatMap(({ part, files }) => (files > 0 ? [part] : [])));
  return [...Map.groupBy(parts, ({ part }) => part)]
    .filter(([part]) => !filled.has(part))
    .map(([part, [first]]) => `line ${first?.line}: there is no file to be saved of the ${part}: is its disk mounted?`);
}

async function finish(ports: BackupPorts, { plan, record, writer }: Pick<Saving, "plan" | "record" | "writer">): Promise<void> {
  if (record.stopped && record.parts.length > 0) {
    try {
      Object.assign(record, await writer.seal());
      record.state = plan.missing.length === 0 && record.faults.length === 0 ? "complete" : "partial";
    } catch (error) {
      // Such as that of a full disk, which an earlier line met too.
      record.faults.push(`the snapshot cannot be stored: ${SitewrightError.from(error).message}`);
    }
  }
  if (record.state === "failed") {
    record.parts = [];
    await writer.discard();
  }
  for (const part of record.state === "failed" ? [] : plan.missing) record.faults.push(`no line saves the ${part}`);
  record.ended = ports.now();
  await ports.store.publish(record);
}

interface Saving {
  ports: BackupPorts;
  plan: ControlPlan;
  record: RunRecord;
  writer: SnapshotWriter;
  signal: AbortSignal;
}

/** A part that cannot be saved makes the run partial; the others are saved all the same. */
async function saveStep(saving: Saving, step: BackupStep): Promise<void> {
  const { ports, record, signal } = saving;
  signal.throwIfAborted();
  const { line, action } = step;
  try {
    if (action.kind === "sleep") await pause(ports, action.seconds, signal);
    else if (action.kind === "command") await ports.commands.run(action.words, signal);
    else if ("target" in action) record.parts.push(await savePart(saving, { line, action }));
  } catch (error) {
    signal.throwIfAborted();
    record.faults.push(`line ${line}: ${SitewrightError.from(error).message}`);
  }
}

type Target = Extract<BackupStep["action"], { target: string }>;

async function savePart({ ports, plan, writer, signal }: Saving, { line, action }: { line: number; action: Target }): Promise<SavedPart> {
  const target = targetIn(plan, action.target);
  const of = (part: SnapshotPart, saved: Pick<SavedPart, "files" | "bytes" | "skipped">): SavedPart => ({ part, line, target, ...saved });
  switch (action.kind) {
    case "copy":
      return of(action.part, await writer.saveTree(action.source, target, signal));
    case "report":
      return of(action.part, await writer.saveText(await ports.report(AbortSignal.any([signal, AbortSignal.timeout(REPORT_MS)])), target));
    case "export":
    case "dump": {
      await ports.scratch.clear(action.target);
      try {
        if (action.kind === "dump") await ports.commands.run(action.words, signal);
        else await ports.exportKey(action.key, action.target, signal);
        if (!(await ports.scratch.isWritten(action.target)))
          throw new SitewrightError("IO_ERROR", `nothing was written to ${action.target}`);
        return of(action.part, await writer.saveTree(action.target, target, signal));
      } finally {
        // Half of a dump may fill the disk, on which the other parts and the record of the run need room.
        await ports.scratch.clear(action.target);
      }
    }
  }
}
