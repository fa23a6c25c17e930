import { readFileSync } from "node:fs";
import { Cluster } from "ioredis";
import { SitewrightError } from "@sitewright/protocol";
import type { Log } from "../../../app/log.ts";
import { checkServers, refusedRights } from "./check-servers.ts";
import { setTimeout as sleep } from "node:timers/promises";
import { connectRedis, hangUp, REFUSED, storesNothing, type RedisClient } from "./connection.ts";
import { startEmbeddedServer } from "./embedded-server.ts";
import { parseRedisPlace, shownPlace, type RedisPlace } from "./redis-place.ts";

export interface RedisHandle {
  place: RedisPlace;
  /** For the run store and the registry: commands wait some seconds for an outage to end, then fail with `REDIS_UNREACHABLE`. */
  client: RedisClient;
  /** Called each time the connection is restored after a loss, and when a Redis that had no room stores again. */
  onBack(listener: () => void): void;
  isUp(): boolean;
  /** Closes the connection, and stops the embedded server. */
  close(): Promise<void>;
}

export interface RedisOptions {
  dataDir: string;
  /** Absent: an embedded server on the data folder, which the caller has locked. */
  url?: string;
  /** Certificates of authorities that are trusted for it instead of the system's, PEM. */
  ca?: string;
  log: Log;
}

/** Checks, before anything is opened, that there is a Redis for this platform: none exists for Windows. Throws `REDIS_MISSING`. */
export function checkRedisChoice(url: string | undefined, platform: NodeJS.Platform): void {
  if (url !== undefined || platform !== "win32") return;
  throw new SitewrightError(
    "REDIS_MISSING",
    "on Windows the coordinator starts no Redis of its own: name one with --redis redis://HOST:6379 or, if the address holds a password, in " +
      "REDIS_URL. It must be 6.2 or newer, with maxmemory-policy noeviction and appendonly yes: Redis or Valkey in WSL 2, in a container or on " +
      "a Linux machine, or Memurai. Or run the coordinator on Linux, and mount the site server's share there",
  );
}

/** Throws `BAD_REQUEST`. */
export function readRedisCa(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new SitewrightError("BAD_REQUEST", `--redis-ca ${file} cannot be read (${String(cause)}): name a file with certificates in PEM`, {
      cause,
    });
  }
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw new SitewrightError("BAD_REQUEST", `--redis-ca ${file} holds no certificate in PEM: it begins with -----BEGIN CERTIFICATE-----`);
}

/** Opens the store. Throws `BAD_REQUEST`, `CONFLICT`, `REDIS_MISSING`, `REDIS_TOO_OLD`, `REDIS_FOREIGN` or `REDIS_UNREACHABLE`. */
export async function openRedis({ dataDir, url, ca, log }: RedisOptions): Promise<RedisHandle> {
  const given = url === undefined ? undefined : parseRedisPlace(url, ca);
  const server = given ? undefined : await startEmbeddedServer({ dataDir, log });
  const place: RedisPlace = given ?? { kind: "socket", path: server?.socket ?? "" };
  const client = connectRedis(place);
  const listeners: (() => void)[] = [];
  try {
    await checkServers(client, given ? `the Redis at ${shownPlace(given)}` : "the embedded Redis", log);
  } catch (error) {
    hangUp(client);
    await server?.stop();
    throw error;
  }
  const back = (what: string) => () => {
    log.info({}, what);
    for (const listener of listeners) listener();
  };
  const closing = new AbortController();
  const storesAgain = back("Redis stores again what it is given");
  let refusing: Promise<void> | undefined;
  client.on(REFUSED, (refusal: string) => {
    if (refusing) return;
    log.warn({}, storesNothing("Redis", refusal).message);
    refusing = untilItStores(client, closing.signal).then(() => {
      refusing = undefined;
      if (!closing.signal.aborted) storesAgain();
    });
  });
  const isBack = back("the connection to Redis is back");
  let [lost, why] = [false, ""];
  client.on("ready", () => {
    [lost, why] = [false, ""];
    if (!refusing) isBack();
  });
  // Its place is taken by a copy that may lack the last second.
  if (client instanceof Cluster) client.on("-node", back("a server has left the Redis cluster"));
  client.on("close", () => {
    if (!lost && !refusing) log.warn({}, "the connection to Redis was lost");
    lost = true;
  });
  client.on("error", (error: NodeJS.ErrnoException) => {
    const reason = error.message || error.code || error.name;
    if (lost && reason !== why) log.warn({ error: reason }, "Redis cannot be reached");
    why = reason;
  });
  return {
    place,
    client,
    isUp: () => client.status === "ready" && !refusing,
    onBack: (listener) => void listeners.push(listener),
    async close() {
      client.removeAllListeners("close");
      closing.abort();
      await refusing;
      hangUp(client);
      await server?.stop();
    },
  };
}

/** Between two attempts to store something in a Redis that has no room, ms. */
const TRY_MS = 1_000;

async function untilItStores(client: RedisClient, signal: AbortSignal): Promise<void> {
  let stores = false;
  while (!stores && !signal.aborted) {
    await sleep(TRY_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    stores = await refusedRights(client).then(
      (refused) => refused.length === 0,
      () => false,
    );
  }
}
