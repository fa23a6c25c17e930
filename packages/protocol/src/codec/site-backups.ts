import { isErrorCode } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { SITE_BACKUP_STATES, type SiteBackupRun, type SiteBackups } from "../queries.ts";
import { boundedList, boundedText, cutText, frameInvalid } from "./bounds.ts";
import { safeInteger, type Wire } from "./common.ts";

export function siteBackupsToWire({ id, running = 0, due = 0, runs, failure }: SiteBackups) {
  return {
    id,
    running,
    due,
    runs: runs.map(({ verified, fault = "", archived = "", ...run }) => ({
      ...run,
      fault,
      archived,
      verified: verified?.at ?? 0,
      bad: verified?.bad ?? 0,
      notTested: verified?.notTested ?? 0,
    })),
    code: failure?.code ?? "",
    message: failure?.message ?? "",
  };
}

/** Throws `FRAME_INVALID`. */
export function siteBackupsFromWire({ id, running, due, runs, code, message }: Wire<"SiteBackups">): SiteBackups {
  const began = safeInteger(running, "the begin of a backup");
  const next = safeInteger(due, "the time of the next backup");
  return {
    kind: "site-backups",
    id: id ?? 0,
    ...(began > 0 ? { running: began } : {}),
    ...(next > 0 ? { due: next } : {}),
    runs: boundedList(runs, "runs", LIMITS.siteBackups).map((run) => runFromWire(run as Wire<"SiteBackupRun">)),
    ...(code ? { failure: { code: isErrorCode(code) ? code : "INTERNAL", message: cutText(message, LIMITS.messageText) } } : {}),
  };
}

function runFromWire({ run, state: word, began, ended, files, bytes, added, fault, ...more }: Wire<"SiteBackupRun">): SiteBackupRun {
  const state = SITE_BACKUP_STATES.find((known) => known === word);
  if (!state) throw frameInvalid("a site backup is in no state that exists");
  return {
    run: boundedText(run, "the id of a site backup"),
    state,
    began: safeInteger(began, "the begin of a site backup"),
    ended: safeInteger(ended, "the end of a site backup"),
    files: safeInteger(files, "files"),
    bytes: safeInteger(bytes, "bytes"),
    added: safeInteger(added, "added bytes"),
    ...(fault ? { fault: cutText(fault, LIMITS.messageText) } : {}),
    ...furtherFromWire(more),
  };
}

function furtherFromWire({
  verified,
  bad,
  notTested,
  archived,
}: Partial<Wire<"SiteBackupRun">>): Pick<SiteBackupRun, "verified" | "archived"> {
  const at = safeInteger(verified, "the time of a verification");
  const facts = { at, bad: safeInteger(bad, "bad files"), notTested: safeInteger(notTested, "files that were not read") };
  return { ...(at > 0 ? { verified: facts } : {}), ...(archived ? { archived: boundedText(archived, "the name of a site backup") } : {}) };
}
