import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { SitewrightError } from "@sitewright/protocol";
import { OWN_FOLDER } from "@sitewright/protocol/site-backup";
import { openChannel, type Channel } from "../adapters/backup-line/channel.ts";
import { lineSource, serveRun } from "../adapters/backup-line/remote-run.ts";
import type { Verified } from "../adapters/site-backup/read-run.ts";
import { isThere } from "../adapters/site-backup/names-in.ts";
import { openSnapshotStore, runRecordIn } from "../adapters/site-backup/snapshot-store.ts";
import { claimBackupFolder } from "../adapters/site-backup/trusted-file.ts";
import { listedIn, shareOf, verifyIn } from "./site-backup.ts";
import { findRun, retentionOf, type RetentionFlags } from "./site-backup-control.ts";
import { storeRun } from "./site-backup-copy.ts";

/** Runs of an answer, and damaged files. */
const [MOST_RUNS, MOST_BAD] = [200, 1000];

/**
 * `site-backup keep`: answers one system, whose backups lie in a folder of its own. Which runs are kept is decided here, so that a site server
 * that was taken over cannot remove the backups of the time before.
 * @returns What failed, which was said to the other side too.
 */
export async function keepSiteBackups(
  { folder, system, flags }: { folder: string; system: string; flags: RetentionFlags },
  { input, output }: { input: Readable; output: Writable },
): Promise<SitewrightError | undefined> {
  const channel = openChannel(input, output);
  let failure: SitewrightError | undefined;
  try {
    await answer(channel, ownFolder(folder, system), flags);
  } catch (error) {
    failure = SitewrightError.from(error);
    const { code, message } = failure;
    await channel.say({ failure: { code, message } }).catch(() => undefined);
  }
  // The other side may be sending still.
  await (failure ? channel.endLast() : channel.end());
  return failure;
}

/** As names of systems are in a hierarchy: it becomes a folder. */
function ownFolder(folder: string, system: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/.test(system)) throw new SitewrightError("BAD_REQUEST", "that is no name of a system");
  return join(folder, system);
}

async function answer(channel: Channel, folder: string, flags: RetentionFlags): Promise<void> {
  const heard = await channel.next();
  const asked = "words" in heard ? heard.words : {};
  const run = typeof asked["run"] === "string" ? asked["run"] : undefined;
  if (asked["ask"] === "keep") {
    const { record, name } = arrivingIn(asked);
    const given = { record, ...(name === undefined ? {} : { name }) };
    const own = claimBackupFolder(folder);
    const kept = await storeRun(lineSource(channel), own, given, { rules: retentionOf(flags), signal: new AbortController().signal });
    return channel.say({ kept });
  }
  const own = join(folder, OWN_FOLDER);
  if (asked["ask"] === "list") return channel.say({ runs: isThere(own) ? (await listedIn(own)).slice(0, MOST_RUNS) : [] });
  if (!isThere(own)) throw new SitewrightError("NOT_FOUND", "no backup of this system is kept there yet");
  if (asked["ask"] === "verify") {
    const part = typeof asked["part"] === "string" ? asked["part"] : "1/1";
    const verified = await verifyIn(claimBackupFolder(folder), { run, share: shareOf(part) }, new AbortController().signal);
    return channel.say({ verified: shortened(verified) });
  }
  if (asked["ask"] === "fetch") {
    using store = openSnapshotStore(claimBackupFolder(folder));
    const record = await findRun(store, run);
    const name = (await store.archived()).get(record.run);
    await channel.say({ record, ...(name === undefined ? {} : { name }) });
    return void (await serveRun(channel, store, record));
  }
  throw new SitewrightError("BAD_REQUEST", "what is asked of this keeper of backups is not known here: update its agent");
}

/** What comes over a line is checked as if it had been read from a damaged disk. Throws `FRAME_INVALID`. */
export function arrivingIn(words: Record<string, unknown>): { record: NonNullable<ReturnType<typeof runRecordIn>>; name?: string } {
  const record = runRecordIn(words["record"]);
  if (!record) throw new SitewrightError("FRAME_INVALID", "what came over the line is not the record of a run");
  const name = words["name"];
  return { record, ...(typeof name === "string" && /^[^\p{C}]{1,64}$/u.test(name) ? { name } : {}) };
}

function shortened(verified: Verified): Verified {
  const { bad } = verified;
  if (bad.length <= MOST_BAD) return verified;
  return { ...verified, bad: [...bad.slice(0, MOST_BAD), { path: "", why: `and ${bad.length - MOST_BAD} more` }] };
}
