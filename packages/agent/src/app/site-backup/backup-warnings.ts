import { SitewrightError } from "@sitewright/protocol";
import type { SiteBackupService, Warnings } from "../ports/link.ts";

/** How often the backup service is asked, ms. */
const POLL_MS = 60_000;

/** That a backup service answered on this machine, which an agent has to know after a restart of both. */
export interface ServiceNote {
  /** Where it is noted; who removes that says that backups are no longer made here. */
  path: string;
  isThere(): boolean;
  write(): Promise<void>;
}

/**
 * The alerts of the backup service of this machine, as warnings of its agent. A machine without a service has none; one whose service no
 * longer answers has a warning of that.
 * @param signal Ends the asking.
 */
export function createBackupWarnings(service: Pick<SiteBackupService, "alerts">, note: ServiceNote, signal: AbortSignal): Warnings {
  const listeners = new Set<() => void>();
  let texts: string[] = [];

  async function ask(): Promise<void> {
    let next: string[];
    try {
      next = await service.alerts();
      // On a full disk, the next time.
      if (!note.isThere()) await note.write().catch(() => undefined);
    } catch (error) {
      const { message } = SitewrightError.from(error);
      next = note.isThere()
        ? [`backups of this site are not watched: ${message}; if none are made here any more, remove ${note.path}`]
        : [];
    }
    if (signal.aborted) return;
    if (next.join("\n") !== texts.join("\n")) {
      texts = next;
      for (const listener of listeners) listener();
    }
    timer = setTimeout(() => void ask(), POLL_MS);
  }

  let timer: NodeJS.Timeout | undefined;
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  void ask();
  return {
    all: () => texts,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Those of several sources. */
export function joinWarnings(...sources: readonly Warnings[]): Warnings {
  return {
    all: () => sources.flatMap((source) => source.all()),
    subscribe(listener) {
      const ends = sources.map((source) => source.subscribe(listener));
      return () => ends.forEach((end) => end());
    },
  };
}
