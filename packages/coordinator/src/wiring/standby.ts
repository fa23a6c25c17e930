import { setTimeout as sleep } from "node:timers/promises";
import { SitewrightError } from "@sitewright/protocol";
import type { SharedFolder } from "../adapters/backup/shared-folder.ts";
import type { Members, Standing } from "../adapters/redis/members.ts";
import type { KnownMember } from "../app/agents/member-addresses.ts";
import type { Log } from "../app/log.ts";
import type { ContentIndex } from "../app/ports/content.ts";
import type { SiteData } from "../app/ports/site-data.ts";

export interface StandbyDeps {
  members: Pick<Members, "beat">;
  /** Whether it may lead at once on an empty Redis: no other coordinator of the hierarchy can have led there. */
  begins: boolean;
  shared: Pick<SharedFolder, "take">;
  siteData: Pick<SiteData, "read">;
  index: Pick<ContentIndex, "index">;
  /** Removes what a backup left for Redis. */
  dropRestored(): Promise<void>;
  /** Answers meanwhile. */
  answer(leader: () => KnownMember | undefined): Promise<Answering>;
  log: Log;
}

export interface Answering {
  /** Serves content for this one; undefined: for none. */
  follow(leader: URL | undefined): void;
  close(): Promise<void>;
}

/** Interval at which a coordinator shows that it stands by, and looks whether it is to lead; ms. */
const BEAT_MS = 1_000;
/** Interval at which it copies what the leading one has, ms. */
const COPY_MS = 10_000;
/** From the end of one look at all sources to the next, ms. */
const INDEX_AGAIN_MS = 600_000;
/** Nobody leads for this long: then one leads that has not read all sources yet, or although Redis does not tell that another one led; ms. */
const UNLED_MS = 30_000;
/** So long an empty Redis is left to one that may have led there: whoever reaches it renews its lease several times meanwhile; ms. */
const EMPTY_MS = 10_000;

/**
 * Resolves when this coordinator leads: at once if no other does, and none may have led on a Redis that is empty. Until then it answers through the one that leads, keeps its data folder like
 * that one's, and reads the sources, so that it can serve their content from the first moment on. Rejects with the signal's reason, and with
 * `REDIS_IN_USE`.
 */
export async function standBy(deps: StandbyDeps, signal: AbortSignal): Promise<void> {
  const { members, shared, log } = deps;
  let { leads, leader }: Standing = await members.beat(true, deps.begins);
  if (!leads && !leader) ({ leads, leader } = await leaveToLeader(deps, signal));
  if (leads) return;
  if ((await shared.take()) === "foreign") throw foreign(leader);
  // Redis has what is in force; a backup may bring back what operators took away since.
  await deps.dropRestored();
  const answering = await deps.answer(() => leader);
  const stop = new AbortController();
  let isWarm = false;
  const reading = readSources(deps, AbortSignal.any([signal, stop.signal]), () => (isWarm = true));
  try {
    let [copiedAt, ledAt] = [performance.now(), performance.now()];
    while (!leads) {
      await sleep(BEAT_MS, undefined, { signal });
      const now = performance.now();
      if (leader) ledAt = now;
      try {
        const isUnled = now - ledAt > UNLED_MS;
        ({ leads, leader } = await members.beat(isWarm || isUnled, isUnled));
        answering.follow(isWarm && !leads ? (URL.parse(leader?.url ?? "") ?? undefined) : undefined);
        if (leads || now - copiedAt < COPY_MS) continue;
        await copyShared(deps);
        copiedAt = now;
      } catch (error) {
        if (SitewrightError.from(error).code !== "REDIS_UNREACHABLE") throw error;
        log.warn({ error: String(error) }, "Redis does not answer: this coordinator cannot tell whether another one leads");
      }
    }
    log.info({}, "this coordinator leads from now on");
  } finally {
    stop.abort();
    await Promise.all([reading, answering.close()]);
  }
}

/** Redis has lost everything. One that leads may have open runs, and stores them again once it has renewed its lease. */
async function leaveToLeader({ members, log }: StandbyDeps, signal: AbortSignal): Promise<Standing> {
  log.warn(
    { waitMs: EMPTY_MS },
    "Redis is empty, so another coordinator of this hierarchy may lead and be about to fill it again: this one waits for it",
  );
  for (const end = performance.now() + EMPTY_MS; performance.now() < end;) {
    await sleep(BEAT_MS, undefined, { signal });
    const standing = await members.beat(true, false);
    if (standing.leads || standing.leader) return standing;
  }
  return members.beat(true);
}

/** While nobody has room for it, that coordinator may stand by nevertheless: it copies once more before it leads. */
export async function copyShared({ shared, log }: Pick<StandbyDeps, "shared" | "log">): Promise<void> {
  try {
    await shared.take();
  } catch (error) {
    if (SitewrightError.from(error).code !== "DISK_FULL") throw error;
    log.warn({ error: String(error) }, "what the coordinator that leads has could not be copied: it is tried again");
  }
}

function foreign(leader: KnownMember | undefined): SitewrightError {
  return new SitewrightError(
    "REDIS_IN_USE",
    `the coordinator on ${leader?.host} leads, and this one has a CA of its own, so it cannot stand by for it: restore a whole backup of that one, or start this one when that one is lost`,
  );
}

/** Reads every source again and again, until the signal. @param done Called when all were read. */
async function readSources({ siteData, index, log }: StandbyDeps, signal: AbortSignal, done: () => void): Promise<void> {
  while (!signal.aborted) {
    try {
      const { root, units } = await siteData.read();
      for (const source of units) {
        const how = { root, witness: false, rehash: false, acceptOlder: true, onProgress: () => undefined, signal };
        // One that cannot be read now is reported by the coordinator that leads, and read by the runs that need it.
        if (!signal.aborted)
          await index.index(source, how).catch((error: unknown) => log.debug({ error: String(error) }, "a source cannot be read now"));
      }
      if (!signal.aborted) done();
    } catch (error) {
      log.warn({ error: String(error) }, "the site data cannot be read: this coordinator could not serve their content");
    }
    await sleep(INDEX_AGAIN_MS, undefined, { signal }).catch(() => undefined);
  }
}
