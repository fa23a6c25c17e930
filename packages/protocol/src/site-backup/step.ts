/** The four parts of a site, which only a snapshot of all of them restores. */
export const SITE_PARTS = ["database", "files", "registry", "configuration"] as const;
export type SitePart = (typeof SITE_PARTS)[number];
/** What a snapshot may hold in addition: the backup of a coordinator that belongs to the same moment. */
export const FURTHER_PARTS = ["coordinator"] as const;
export type SnapshotPart = SitePart | (typeof FURTHER_PARTS)[number];

/** What is to be done, with everything resolved. Paths are absolute; `target` lies in the folder of the backup. */
export type StepAction =
  | { kind: "service"; name: string; to: "stop" | "start" }
  | { kind: "sleep"; seconds: number }
  | { kind: "command"; words: string[] }
  /** Copies a file or a folder with all that it holds. */
  | { kind: "copy"; part: "files" | "registry"; source: string; target: string }
  /** Exports a key of the registry of Windows to a file. */
  | { kind: "export"; part: "registry"; key: string; target: string }
  /** Runs a command that writes `target`, after what is there was removed. */
  | { kind: "dump"; part: "database" | "coordinator"; words: string[]; target: string }
  /** Writes a report of this machine. */
  | { kind: "report"; part: "configuration"; target: string };

/** What is done with what was restored, with everything resolved. `target` is that of a line of [Tasks]. */
export type RestoreAction =
  /** Runs a command that loads the dump `target` into its database. */
  | { kind: "load"; words: string[]; target: string }
  /** Runs a command that reads `target`, and ends with exit code 0 if that is sound. */
  | { kind: "check"; words: string[]; target: string };

/** One line of [Restore]. */
export interface RestoreStep {
  /** From 1. */
  line: number;
  action: RestoreAction;
}

/** One line of a control file. */
export interface BackupStep {
  /** From 1. */
  line: number;
  action: StepAction;
}

export function partOf({ action }: BackupStep): SnapshotPart | undefined {
  return "part" in action ? action.part : undefined;
}

/** A target in the form of records: below the folder of the backup, `/` between names. */
export function targetIn({ folder = "" }: { folder?: string }, target: string): string {
  return target.slice(folder.length + 1).replaceAll("\\", "/");
}

/** Longest sleep, s. */
export const LONGEST_SLEEP = 3600;
