import type { SiteBackupStatus } from "@sitewright/protocol/api";
import { formatAgo, plural } from "./format.ts";
import type { Look } from "./words.ts";

type Run = SiteBackupStatus["runs"][number];

/** An answer, or why there is none. */
export type Asked = { status: SiteBackupStatus } | { fault: string };

/** Age of the newest complete backup above which it is no longer taken for one of the day, ms. */
const OLD_MS = 48 * 3_600_000;

const LOOKS: Record<Run["state"], Look> = {
  complete: { word: "complete", tone: "ok", icon: "check" },
  partial: { word: "partial", tone: "bad", icon: "cross" },
  failed: { word: "failed", tone: "bad", icon: "cross" },
};

export function runLook({ state, verified }: Run): Look {
  return verified && verified.bad > 0 ? { word: "damaged", tone: "bad", icon: "cross" } : LOOKS[state];
}

export function newestComplete({ runs }: SiteBackupStatus): Run | undefined {
  return runs.find(({ state }) => state === "complete");
}

/** How the backups of a site stand. @param now ms since 1970. */
export function siteLook(asked: Asked | undefined, now: number): Look {
  if (!asked) return { word: "asking", tone: "idle", icon: "clock" };
  if ("fault" in asked) return { word: "not known", tone: "warn", icon: "away" };
  const { status } = asked;
  if (status.running !== undefined) return { word: "running", tone: "info", icon: "work" };
  const newest = newestComplete(status);
  if (!newest) return { word: "no backup", tone: "bad", icon: "cross" };
  const look = runLook(newest);
  if (look.tone === "bad") return look;
  if (now - newest.began > OLD_MS) return { word: "too old", tone: "warn", icon: "clock" };
  // Another attempt since then failed.
  return status.runs[0] === newest
    ? { word: "in order", tone: "ok", icon: "check" }
    : { word: "last one failed", tone: "warn", icon: "cross" };
}

/** What the last reading back found, if it was that of this run. @param now ms since 1970. */
export function verifiedWords({ verified }: Run, now: number): string {
  if (!verified) return "-";
  const { at, bad, notTested } = verified;
  const found =
    bad > 0 ? `${plural(bad, "file")} damaged` : notTested > 0 ? `good, ${plural(notTested, "file")} not read` : "good, all read";
  return `${found}, ${formatAgo(at, now)}`;
}
