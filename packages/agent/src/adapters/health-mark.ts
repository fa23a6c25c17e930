import { rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";

/** Between two renewals of the mark, ms. */
const RENEW_MS = 5_000;
/** A mark older than this is that of an agent that hangs, is stopped or is not connected, ms. */
const FRESH_MS = 20_000;

/** Keeps a mark in the data folder fresh while `isConnected`, for supervisors that look from outside. */
export function keepHealthMark(dataDir: string, isConnected: () => boolean): Disposable {
  const mark = markOf(dataDir);
  const renew = () => {
    if (isConnected()) writeFileSync(mark, "");
  };
  const timer = setInterval(renew, RENEW_MS);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      rmSync(mark, { force: true });
    },
  };
}

/** Throws `AGENT_UNREACHABLE` unless an agent on this data folder was connected to its coordinator a moment ago. */
export function checkHealthMark(dataDir: string, now: number): void {
  const stats = statSync(markOf(dataDir), { throwIfNoEntry: false });
  if (stats && now - stats.mtimeMs <= FRESH_MS) return;
  const since = stats ? `was last connected at ${stats.mtime.toISOString()}` : "is not connected, or does not run";
  throw new SitewrightError("AGENT_UNREACHABLE", `the agent on ${dataDir} ${since}: look into its log`);
}

function markOf(dataDir: string): string {
  return join(dataDir, "connected");
}
