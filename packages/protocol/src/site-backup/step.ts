/** The four parts of a site, which only a snapshot of all of them restores. */
export const SITE_PARTS = ["database", "files", "registry", "configuration"] as const;
export type SitePart = (typeof SITE_PARTS)[number];

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
  | { kind: "dump"; part: "database"; words: string[]; target: string }
  /** Writes a report of this machine. */
  | { kind: "report"; part: "configuration"; target: string };

/** One line of a control file. */
export interface BackupStep {
  /** From 1. */
  line: number;
  action: StepAction;
}

export function partOf({ action }: BackupStep): SitePart | undefined {
  return "part" in action ? action.part : undefined;
}

/** Longest sleep, s. */
export const LONGEST_SLEEP = 3600;
