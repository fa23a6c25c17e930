import { SitewrightError } from "@sitewright/protocol";
import type { Log } from "../ports/link.ts";
import type { LastVerified } from "./alerts.ts";
import type { ListedRun, RunRecord } from "./ports.ts";
import { nextDaily } from "./next-time.ts";

/** What is known of the backups of this site. */
export interface BackupStatus {
  /** When the one that runs was begun, ms since 1970. */
  running?: number;
  /** When the next one is due, ms since 1970; missing: none is scheduled. */
  due?: number;
  /** The newest ones, the newest first. */
  runs: ListedRun[];
  /** The last verification of one of them. */
  verified?: LastVerified;
  /** What an operator has to attend to. */
  alerts: string[];
}

/** Makes backups when they are due and when somebody asks. */
export interface BackupService {
  /** Begins one. Throws `SITE_BACKUP_RUNS` while one runs. */
  begin(why: string): void;
  status(): Promise<BackupStatus>;
  /** Resolves when none runs. */
  idle(): Promise<void>;
}

export interface BackupServiceDeps {
  make(signal: AbortSignal): Promise<RunRecord>;
  list(): Promise<ListedRun[]>;
  verified(): Promise<LastVerified | undefined>;
  alerts(runs: readonly RunRecord[]): Promise<string[]>;
  /** Missing: only when asked. */
  daily?: { hour: number; minute: number };
  now(): number;
  log: Log;
}

/** Runs in a status. */
const SHOWN = 20;
/** A timer takes no more, and a machine that slept is noticed, ms. */
const LONGEST_WAIT = 60_000;
/** A backup that is due while somebody verifies, copies or restores is tried again for this long: later, its services are needed, ms. */
const PATIENCE_MS = 2 * 3_600_000;

/** @param signal Ends the schedule, and gives up the backup that runs. */
export function createBackupService(
  { make, list, verified, alerts, daily, now, log }: BackupServiceDeps,
  signal: AbortSignal,
): BackupService {
  let current: { began: number; ended: Promise<void> } | undefined;
  /** While one runs the store is locked. */
  let known: Pick<BackupStatus, "runs" | "alerts" | "verified"> = { runs: [], alerts: [] };
  let due = daily && nextDaily(now(), daily);
  /** One that was due and not made, and whether it is tried again. */
  let missed: { due: number; why: string; again: boolean } | undefined;

  /** @param dueSince Of the schedule, ms since 1970. */
  function begin(why: string, dueSince?: number): void {
    if (current)
      throw new SitewrightError(
        "SITE_BACKUP_RUNS",
        `a backup of this site runs since ${new Date(current.began).toISOString()}: wait until it has ended`,
      );
    const isFirst = dueSince === undefined || missed?.due !== dueSince;
    if (isFirst) log("info", "a backup of the site begins", { why });
    const ended = make(signal)
      .then(
        ({ run, state, faults }) => {
          missed = undefined;
          log(state !== "complete" ? "error" : faults.length > 0 ? "warn" : "info", `the backup of the site is ${state}`, { run, faults });
        },
        (error: unknown) => {
          const { code, message } = SitewrightError.from(error);
          if (isFirst) log("error", `the backup of the site was not made: ${message}`, { code });
          if (dueSince === undefined) return;
          const again = code === "SITE_BACKUP_RUNS" && now() < dueSince + PATIENCE_MS;
          missed = { due: dueSince, why: message, again };
        },
      )
      .finally(() => (current = undefined));
    current = { began: now(), ended };
  }

  function missedAlerts(): string[] {
    if (!missed) return [];
    const { due: at, why, again } = missed;
    return [`the backup of this site that was due at ${new Date(at).toISOString()} was not made${again ? " yet" : ""}: ${why}`];
  }

  function watch(): void {
    if (due === undefined || !daily || signal.aborted) return;
    // A clock that was set back by a year must not put it off for that long.
    due = Math.min(due, nextDaily(now(), daily));
    const since = now() >= due ? due : missed?.again ? missed.due : undefined;
    if (since !== undefined) {
      due = nextDaily(now(), daily);
      try {
        begin("schedule", since);
      } catch (error) {
        log("warn", SitewrightError.from(error).message);
      }
    }
    timer = setTimeout(watch, Math.min(LONGEST_WAIT, Math.max(0, due - now())));
  }
  let timer: NodeJS.Timeout | undefined;
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  watch();

  return {
    begin,
    async status() {
      try {
        if (!current) {
          const runs = await list();
          const last = await verified();
          known = { runs: runs.slice(0, SHOWN), alerts: [...missedAlerts(), ...(await alerts(runs))], ...(last ? { verified: last } : {}) };
        }
      } catch (error) {
        // A person reads it back at this moment.
        if (SitewrightError.from(error).code !== "SITE_BACKUP_RUNS") throw error;
      }
      return { ...(current ? { running: current.began } : {}), ...(due === undefined ? {} : { due }), ...known };
    },
    async idle() {
      await current?.ended;
    },
  };
}
