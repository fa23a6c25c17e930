import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";

/** Between two renewals of the mark, ms. */
const RENEW_MS = 5_000;
/** A mark older than this belongs to an agent that hangs or has stopped, ms. */
const FRESH_MS = 20_000;

export interface HealthMark extends Disposable {
  /** Why there is no connection; for checks from outside. */
  trouble(reason: string): void;
}

/**
 * Keeps a mark in the data folder fresh, for supervisors: one while `isConnected`, another one with the reason while not.
 * @param warnings What an operator should attend to although the agent is connected, one line each.
 */
export function keepHealthMark(dataDir: string, isConnected: () => boolean, warnings: () => readonly string[] = () => []): HealthMark {
  const { connected, trouble } = marksOf(dataDir);
  let reason: string | undefined;
  const renew = () => {
    try {
      if (isConnected()) {
        writeFileSync(connected, warnings().join("\n"), { mode: 0o600 });
        if (reason !== undefined) rmSync(trouble, { force: true });
        reason = undefined;
      } else if (reason !== undefined) {
        writeFileSync(trouble, reason, { mode: 0o600 });
      }
    } catch {
      // On a full disk the mark becomes old, which shows the trouble as well.
    }
  };
  const timer = setInterval(renew, RENEW_MS);
  return {
    trouble(why) {
      const isNew = reason !== why;
      reason = why;
      if (isNew) renew();
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      for (const mark of [connected, trouble]) rmSync(mark, { force: true });
    },
  };
}

/**
 * The warnings of the agent on this data folder. Throws `AGENT_UNREACHABLE`, with the agent's reason, unless it was connected a moment ago.
 */
export function checkHealthMark(dataDir: string, now: number): string[] {
  const { connected, trouble } = marksOf(dataDir);
  const stats = statSync(connected, { throwIfNoEntry: false });
  if (stats && isFresh(stats, now))
    return readFileSync(connected, "utf8")
      .split("\n")
      .filter((line) => line !== "");
  const told = statSync(trouble, { throwIfNoEntry: false });
  const since = stats ? `was last connected at ${stats.mtime.toISOString()}` : "is not connected";
  const why = told && isFresh(told, now) ? `: ${readFileSync(trouble, "utf8")}` : ", or does not run: see its log";
  throw new SitewrightError("AGENT_UNREACHABLE", `the agent on ${dataDir} ${since}${why}`);
}

/** One from the future was written before the clock was set back. */
function isFresh({ mtimeMs }: { mtimeMs: number }, now: number): boolean {
  return Math.abs(now - mtimeMs) <= FRESH_MS;
}

function marksOf(dataDir: string): { connected: string; trouble: string } {
  return { connected: join(dataDir, "connected"), trouble: join(dataDir, "not-connected") };
}
