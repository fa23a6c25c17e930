import type { TaskKind } from "@sitewright/protocol";

/** What a site may be sent while it is under recovery, or has to be. */
export interface Quarantine {
  /** The open recovery whose runs go; absent: nothing goes, for the numbers of the site are below those that were seen. */
  recovery?: string;
}

/**
 * Until the numbers are raised nothing is sent, no matter which operator asks: what went out would be taken for older than what clients and other sites
 * have. Then only what the recovery orders, until it ends. @param signs What speaks against the numbers. @param open Id of its recovery.
 */
export function quarantineOf(signs: readonly string[], open: string | undefined): Quarantine | undefined {
  if (signs.length > 0) return {};
  return open === undefined ? undefined : { recovery: open };
}

/** They ask a system what it holds, and send it nothing. */
const ASKS: ReadonlySet<TaskKind> = new Set(["verify", "estimate"]);

/** Whether a quarantine holds a task back. @param orderedBy Id of the recovery that ordered it; undefined: none did. */
export function isHeld(quarantine: Quarantine | undefined, task: TaskKind, orderedBy: string | undefined): boolean {
  if (!quarantine || ASKS.has(task)) return false;
  return quarantine.recovery === undefined || quarantine.recovery !== orderedBy;
}
