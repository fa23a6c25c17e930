import { SitewrightError } from "@sitewright/protocol";
import type { Log } from "../ports/link.ts";

/** Copies in the background. A backup comes first: what was copied by then stays, and the rest follows after it. */
export interface CopyService {
  /** Resolves when none is being made. */
  pause(): Promise<void>;
  /** The newest complete run. */
  resume(): void;
  alerts(): Promise<string[]>;
}

export interface CopyServiceDeps {
  /** Where to, in words. */
  to: string;
  /** Copies the newest complete run; undefined: there is none. */
  copy(signal: AbortSignal): Promise<{ run: string; added: number; faults: readonly string[] } | undefined>;
  /** When the newest run that is there began, ms since 1970; undefined: not known. */
  newest(): Promise<number | undefined>;
  /** Longest age of that, ms. */
  limitMs: number;
  log: Log;
}

/** What failed is tried again after this time, ms. */
const RETRY_MS = 900_000;

/** @param signal Ends it. */
export function createCopyService({ to, copy, newest, limitMs, log }: CopyServiceDeps, signal: AbortSignal): CopyService {
  let current: { stop: AbortController; ended: Promise<void> } | undefined;
  let retry: NodeJS.Timeout | undefined;
  let fault: string | undefined;
  const since = Date.now();

  async function attempt(stop: AbortSignal): Promise<void> {
    try {
      const copied = await copy(AbortSignal.any([signal, stop]));
      if (!copied) return;
      [fault] = copied.faults;
      if (copied.added > 0) log("info", "the backup of the site was copied", { run: copied.run, added: copied.added, to });
    } catch (error) {
      if (signal.aborted || stop.aborted) return;
      const { code, message } = SitewrightError.from(error);
      fault = message;
      log("error", `the backup of the site was not copied: ${message}`, { code, to });
      retry = setTimeout(resume, RETRY_MS);
    }
  }

  function resume(): void {
    if (signal.aborted) return;
    clearTimeout(retry);
    const stop = new AbortController();
    current = { stop, ended: attempt(stop.signal) };
  }
  signal.addEventListener("abort", () => clearTimeout(retry), { once: true });

  return {
    async pause() {
      clearTimeout(retry);
      current?.stop.abort();
      await current?.ended;
    },
    resume,
    async alerts() {
      const said = fault === undefined ? [] : [`the copy of the backups of this site ${to} failed: ${fault}`];
      const began = await newest();
      if (Date.now() - (began ?? since) <= limitMs) return said;
      // A line that is closed for days is no fault.
      const known = began === undefined ? "no backup of this site was copied" : "the newest backup of this site that was copied";
      return [...said, `${known} ${to} ${began === undefined ? "since" : "is of"} ${new Date(began ?? since).toISOString()}`];
    },
  };
}
