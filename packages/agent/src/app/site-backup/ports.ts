import type { BackupStep, SitePart, SnapshotPart } from "@sitewright/protocol/site-backup";

export type MachineStart = "yes" | "delayed" | "no";

/** Services of this machine. Each call throws `IO_ERROR` where the system refuses. */
export interface SiteServices {
  isRunning(name: string): Promise<boolean>;
  /** Resolves when it is stopped. */
  stop(name: string, signal: AbortSignal): Promise<void>;
  /** Resolves when it runs. One that is being stopped is started when that has ended: it would not run for long. */
  start(name: string): Promise<void>;
  /** Whether the system starts it when the machine starts; `delayed`: some time after the others. */
  startsWithMachine(name: string): Promise<MachineStart>;
  setStartsWithMachine(name: string, starts: MachineStart): Promise<void>;
}

export interface Commands {
  /** Resolves when the program ended well; aborted, it is killed with its children. Throws `IO_ERROR`. */
  run(words: readonly string[], signal: AbortSignal): Promise<void>;
}

/** What must be done whatever happens to the run that stopped something. */
export interface Owed {
  run: string;
  /** ms since 1970: a run that has not ended by then is given up. */
  until: number;
  /** Services that ran before. */
  services: string[];
  /** Of [Start]. */
  start: BackupStep[];
}

export interface OwedJournal {
  read(): Promise<Owed | undefined>;
  /** Durable when it resolves. */
  write(owed: Owed): Promise<void>;
  clear(): Promise<void>;
}

/** A part of a snapshot, as it was saved. */
export interface SavedPart {
  part: SnapshotPart;
  /** Of the control file. */
  line: number;
  /** Below the folder of the backup. */
  target: string;
  files: number;
  /** Of all files. */
  bytes: number;
  /** Files that are neither plain files nor folders nor links: they are left out. */
  skipped: number;
}

export const RUN_STATES = ["complete", "partial", "failed"] as const;

/** What is known of one run. */
export interface RunRecord {
  form: 1;
  run: string;
  site: string;
  state: (typeof RUN_STATES)[number];
  /** SHA-256 of the control file, hex. */
  control: string;
  /** ms since 1970: of the run, and between which times all was stopped. */
  began: number;
  ended: number;
  stopped?: { from: number; to: number };
  parts: SavedPart[];
  absent: SitePart[];
  /** What went wrong, in words. */
  faults: string[];
  /** Bytes that the store grew by. */
  added: number;
  /** BLAKE3 of the list of what was saved, hex; missing: nothing can be restored. */
  list?: string;
}

/** A clock may be set back by this much, ms. */
const SET_BACK = 3_600_000;

/** When a run says that it began, the clock was wrong, or it is now. @param now ms since 1970. */
export function isOfFuture({ began }: Pick<RunRecord, "began">, now: number): boolean {
  return began > now + SET_BACK;
}

/**
 * The newest first. Runs of the future come last: else one that was made while the clock was wrong would count as the newest for years, and
 * each new one as an old one.
 * @param now ms since 1970.
 */
export function newestFirst(runs: readonly RunRecord[], now: number): RunRecord[] {
  return runs.toSorted((a, b) => byAge(now)(a, b) || (a.run < b.run ? 1 : -1));
}

/** The same order, of what else began at some time. */
export function byAge(now: number): (a: Pick<RunRecord, "began">, b: Pick<RunRecord, "began">) => number {
  const later = (one: Pick<RunRecord, "began">) => Number(isOfFuture(one, now));
  return (a, b) => later(a) - later(b) || b.began - a.began;
}

/** A run, and the name by which it is archived. */
export type ListedRun = RunRecord & { archived?: string };

/** One snapshot that is being written. */
export interface SnapshotWriter {
  /** @param source Absolute. @param target Below the folder of the backup. */
  saveTree(source: string, target: string, signal: AbortSignal): Promise<Pick<SavedPart, "files" | "bytes" | "skipped">>;
  saveText(text: string, target: string): Promise<Pick<SavedPart, "files" | "bytes" | "skipped">>;
  /** Everything is on the disk when it resolves. @returns What the record has of it. */
  seal(): Promise<{ list: string; added: number }>;
  /** Nothing remains of it. */
  discard(): Promise<void>;
}

export interface SnapshotStore {
  begin(run: string): Promise<SnapshotWriter>;
  /** Newest first. */
  runs(): Promise<RunRecord[]>;
  /** From then on the run counts. */
  publish(record: RunRecord): Promise<void>;
  /** Removes runs, and what only they needed. Throws `SNAPSHOT_DAMAGED` if it is not known what one of the others needs: then only the runs are removed. */
  drop(runs: readonly string[]): Promise<void>;
  /** Names by which runs are archived, by run: retention removes none of them. */
  archived(): Promise<ReadonlyMap<string, string>>;
  /** @param name Undefined: from then on the run is one like others. */
  archive(run: string, name: string | undefined): Promise<void>;
}

/** Files of the folder of the backup that commands write. */
export interface Scratch {
  /** Makes the folder above `target`, and removes what is at it. Never follows a link below the folder. */
  clear(target: string): Promise<void>;
  /** Whether something is there, and not empty. */
  isWritten(target: string): Promise<boolean>;
}
