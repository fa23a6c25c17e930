import { once } from "node:events";
import { Cluster } from "ioredis";
import { SitewrightError } from "@sitewright/protocol";
import type { Log } from "../../../app/log.ts";
import { refusalIn, storesNothing, storing, type RedisClient } from "./connection.ts";
import { PREFIX } from "../keys.ts";
import { TRY_RIGHTS } from "../scripts.ts";
import { checkRedisVersion } from "./server-binary.ts";

/** A cluster that none of its given servers leads to by then counts as unreachable, ms. */
const FIRST_ANSWER_MS = 10_000;

/**
 * Checks before the first use that a Redis can be relied on: on a cluster, every server that stores. What only makes a loss possible is
 * logged with what would be lost. Throws `CONFLICT`, `REDIS_TOO_OLD` and `REDIS_UNREACHABLE`.
 * @param whose For people.
 */
export async function checkServers(client: RedisClient, whose: string, log: Log): Promise<void> {
  try {
    if (client instanceof Cluster && client.status !== "ready")
      await once(client, "ready", { signal: AbortSignal.timeout(FIRST_ANSWER_MS) });
    for (const server of storing(client)) await checkServer(server, whose, log);
    await checkRights(client, whose);
  } catch (cause) {
    if (cause instanceof SitewrightError) throw cause;
    const refusal = refusalIn(cause);
    if (refusal !== undefined) throw storesNothing(whose, refusal, cause);
    throw new SitewrightError(
      "REDIS_UNREACHABLE",
      `${whose} does not answer: check that it runs, its address, its password and its certificate (${String(cause)})`,
      { cause },
    );
  }
}

async function checkServer(server: Pick<RedisClient, "info" | "config">, whose: string, log: Log): Promise<void> {
  const info = await server.info();
  checkRedisVersion(/redis_version:(\d+\.\d+\.\d+)/.exec(info)?.[1] ?? "0.0.0", whose);
  const [policy, sync] = await Promise.all(
    ["maxmemory-policy", "appendfsync"].map(async (name) => ((await server.config("GET", name).catch(() => [])) as string[])[1]),
  );
  const stated = policy ?? /maxmemory_policy:(\S+)/.exec(info)?.[1];
  if (stated === undefined)
    log.warn({}, `${whose} does not report what it does when its memory is full: its maxmemory-policy must be noeviction`);
  else if (stated !== "noeviction")
    throw new SitewrightError(
      "CONFLICT",
      `${whose} may evict keys when its memory is full (maxmemory-policy ${stated}): set it to noeviction`,
    );
  if (/aof_enabled:0/.test(info))
    log.warn(
      {},
      `${whose} keeps no log of what it stores (appendonly no). If it ends while the coordinator runs, the coordinator stores everything again; if both end, the runs since its last snapshot are lost, with their results: set appendonly to yes`,
    );
  else if (sync === "no")
    log.warn(
      {},
      `${whose} leaves it to the system when its log reaches the disk (appendfsync no): a machine that fails may lose half a minute of runs. Set appendfsync to everysec`,
    );
}

/** What a Redis refuses of the commands that change something, each with its answer: all are tried, on keys that are removed at once. */
export async function refusedRights(client: RedisClient): Promise<string[]> {
  return (await client.eval(TRY_RIGHTS, 1, `${PREFIX}:rights`)) as string[];
}

async function checkRights(client: RedisClient, whose: string): Promise<void> {
  const [refused] = await refusedRights(client).catch((error: Error) => {
    if (/NOPERM|permission/i.test(error.message)) return [error.message];
    throw error;
  });
  if (refused === undefined) return;
  const refusal = refusalIn(new Error(refused));
  if (refusal !== undefined && !/NOPERM|permission|can't run/i.test(refusal)) throw storesNothing(whose, refusal);
  throw new SitewrightError(
    "CONFLICT",
    `${whose} does not let this account do what a coordinator needs (${refused}): give it the keys ~${PREFIX}:* and the commands +@read +@write +@scripting +@transaction +@connection +info +config|get`,
  );
}
