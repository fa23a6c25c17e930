import type { VerifyCycle } from "./verify-cycle.ts";
import { plural } from "@sitewright/protocol";
import { isOfFuture, type RunRecord } from "./ports.ts";

/** The last verification of a run. */
export interface LastVerified {
  run: string;
  /** ms since 1970. */
  at: number;
  /** Files. */
  good: number;
  bad: number;
  notTested: number;
  /** Of the bad ones. */
  first?: string;
  /** Of the verifications after backups. */
  cycle?: VerifyCycle;
}

export interface AlertFacts {
  /** Newest first. */
  runs: readonly RunRecord[];
  verified?: LastVerified | undefined;
  /** ms since 1970. */
  now: number;
  /** Longest age of the newest complete run, ms. */
  limitMs: number;
}

const HOUR_MS = 3_600_000;

/** What an operator has to attend to; empty: a snapshot that is new enough and whole, as far as it was read. */
export function alertsOf({ runs, verified, now, limitMs }: AlertFacts): string[] {
  const alerts: string[] = [];
  const newest = runs.find(({ state }) => state === "complete");
  const [last] = runs;
  const why =
    last && last.state !== "complete" ? `; the last one is ${last.state}: ${last.faults[0] ?? "its record does not say why"}` : "";
  if (!newest) alerts.push(`there is no complete backup of this site${why}`);
  else if (isOfFuture(newest, now))
    alerts.push(
      `the newest complete backup of this site is of ${new Date(newest.began).toISOString()}, which is still to come: check the clock of this machine, and make another one${why}`,
    );
  else if (now - newest.began > limitMs)
    alerts.push(
      `the newest complete backup of this site is ${Math.floor((now - newest.began) / HOUR_MS)} h old, more than ${limitMs / HOUR_MS} h${why}`,
    );
  else {
    const read = verified?.bad === 0 ? runs.find(({ run }) => run === verified.run) : undefined;
    if (read && now - read.began > limitMs)
      alerts.push(
        `the newest backup of this site that was read back is ${Math.floor((now - read.began) / HOUR_MS)} h old, more than ${limitMs / HOUR_MS} h: verify a newer one`,
      );
  }
  if (verified && verified.bad > 0 && runs.some(({ run }) => run === verified.run))
    alerts.push(
      `the backup ${verified.run} of this site is damaged: ${plural(verified.bad, "file")} cannot be read back, ${verified.first ?? ""} among them; make another one, and check its disk`,
    );
  return alerts;
}
