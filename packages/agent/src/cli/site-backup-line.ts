import { dirname, resolve } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import type { Channel } from "../adapters/backup-line/channel.ts";
import { openLine } from "../adapters/backup-line/open-line.ts";
import { lineSource, serveRun } from "../adapters/backup-line/remote-run.ts";
import type { Verified } from "../adapters/site-backup/read-run.ts";
import { claimBackupFolder } from "../adapters/site-backup/trusted-file.ts";
import { RUN_STATES, type ListedRun } from "../app/site-backup/ports.ts";
import { findRun, openStored, ownFolderOf, siteOf } from "./site-backup-control.ts";
import { storeRun, type Copied } from "./site-backup-copy.ts";
import { arrivingIn } from "./site-backup-keep.ts";

export interface KeeperFlags {
  /** The system that keeps the backups. */
  system: string;
  /** Data folder of the agent of this machine, by whose key this system is known. */
  agent: string;
}

type Asked = Record<string, unknown>;

async function onLine<T>({ system, agent }: KeeperFlags, signal: AbortSignal, work: (channel: Channel) => Promise<T>): Promise<T> {
  const channel = await openLine({ dataDir: resolve(agent), keeper: system, signal });
  try {
    return await work(channel);
  } catch (error) {
    throw signal.aborted ? new SitewrightError("CANCELLED", "it was cancelled: what has arrived is kept", { cause: error }) : error;
  } finally {
    await channel.end();
  }
}

async function ask(channel: Channel, question: Asked): Promise<Asked> {
  await channel.say(question);
  return wordsOf(await channel.next());
}

function wordsOf(heard: Awaited<ReturnType<Channel["next"]>>): Asked {
  if ("words" in heard) return heard.words;
  throw new SitewrightError("FRAME_INVALID", "bytes came where an answer was expected");
}

/**
 * `site-backup copy --to-system`: a run into the store that another system keeps; only what that has not goes over the line. Throws as
 * `openLine` does, what the keeper reports, `NOT_FOUND`.
 */
export async function copyToSystem(file: string, run: string | undefined, flags: KeeperFlags, signal: AbortSignal): Promise<Copied> {
  using store = openStored(file);
  const record = await findRun(store, run, siteOf(file));
  const name = (await store.archived()).get(record.run);
  return await onLine(flags, signal, async (channel) => {
    await channel.say({ ask: "keep", record, ...(name === undefined ? {} : { name }) });
    const { kept } = await serveRun(channel, store, record).catch((error: unknown) => {
      const { code, message } = SitewrightError.from(error);
      throw code === "DISK_FULL" ? new SitewrightError(code, `${flags.system}: ${message}`, { cause: error }) : error;
    });
    const { added, faults } = Object(kept) as Partial<Copied>;
    if (typeof added !== "number" || !Array.isArray(faults))
      throw new SitewrightError("FRAME_INVALID", "the keeper's answer cannot be read");
    return { run: record.run, began: record.began, added, faults: faults.map(String) };
  });
}

/** `site-backup copy --from-system`: brings a run back into the backup of this site, from which it is restored like any other. Throws as above. */
export async function copyFromSystem(file: string, run: string | undefined, flags: KeeperFlags, signal: AbortSignal): Promise<Copied> {
  const own = claimBackupFolder(dirname(ownFolderOf(file)));
  return await onLine(flags, signal, async (channel) => {
    const given = arrivingIn(await ask(channel, { ask: "fetch", ...(run === undefined ? {} : { run }) }));
    const copied = await storeRun(lineSource(channel), own, given, { signal });
    await channel.say({ done: true });
    return copied;
  });
}

/** `site-backup list --system`. */
export async function listOnSystem(flags: KeeperFlags, signal: AbortSignal): Promise<ListedRun[]> {
  return await onLine(flags, signal, async (channel) => {
    const { runs } = await ask(channel, { ask: "list" });
    return (Array.isArray(runs) ? runs : []).map((one: unknown) => {
      const { record, name } = arrivingIn({ record: one, name: (Object(one) as Asked)["archived"] });
      return { ...record, ...(name === undefined ? {} : { archived: name }) };
    });
  });
}

/** `site-backup verify --system`: the keeper reads its own disk, and nothing but the result goes over the line. */
export async function verifyOnSystem(asked: { run?: string; part: string }, flags: KeeperFlags, signal: AbortSignal): Promise<Verified> {
  return await onLine(flags, signal, async (channel) => {
    const { run, part } = asked;
    const answer = Object(
      (await ask(channel, { ask: "verify", part, ...(run === undefined ? {} : { run }) }))["verified"],
    ) as Partial<Verified>;
    const { good, notTested, bad } = answer;
    if (typeof answer.run !== "string" || typeof good !== "number" || typeof notTested !== "number" || !Array.isArray(bad))
      throw new SitewrightError("FRAME_INVALID", "the keeper's answer cannot be read");
    const findings = bad.map(({ path, why, part }) => {
      return { path: String(path), why: String(why), ...(part === undefined ? {} : { part: String(part) }) };
    });
    const state = RUN_STATES.find((one) => one === answer.state) ?? "complete";
    return { run: answer.run, state, good, notTested, bad: findings };
  });
}
