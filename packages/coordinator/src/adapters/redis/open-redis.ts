import type { Redis } from "ioredis";
import { SitewrightError } from "@sitewright/protocol";
import type { Log } from "../../app/log.ts";
import { connectRedis, hangUp, type RedisPlace } from "./connection.ts";
import { startEmbeddedServer } from "./embedded-server.ts";
import { checkRedisVersion } from "./server-binary.ts";

export interface RedisHandle {
  place: RedisPlace;
  /** For the run store and the registry: commands wait some seconds for an outage to end, then fail with `REDIS_UNREACHABLE`. */
  client: Redis;
  /** Called each time the connection is restored after a loss. */
  onBack(listener: () => void): void;
  isUp(): boolean;
  /** Closes the connection, and stops the embedded server. */
  close(): Promise<void>;
}

export interface RedisOptions {
  dataDir: string;
  /** Absent: an embedded server on the data folder, which the caller has locked. */
  url?: string;
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

/** Opens the store. Throws `BAD_REQUEST`, `REDIS_MISSING`, `REDIS_TOO_OLD`, `REDIS_FOREIGN` or `REDIS_UNREACHABLE`. */
export async function openRedis({ dataDir, url, log }: RedisOptions): Promise<RedisHandle> {
  if (url !== undefined && (/^https?:/.test(url) || (/^rediss?:/.test(url) && !URL.canParse(url))))
    throw new SitewrightError("BAD_REQUEST", "--redis, or REDIS_URL, is not an address of a Redis: write redis://HOST:6379");
  const server = url === undefined ? await startEmbeddedServer({ dataDir, log }) : undefined;
  const place: RedisPlace = url === undefined ? { socket: server?.socket ?? "" } : { url };
  const client = connectRedis(place);
  const listeners: (() => void)[] = [];
  try {
    await checkServer(client, url === undefined ? "the embedded Redis" : `the Redis at ${withoutSecret(url)}`, log);
  } catch (error) {
    hangUp(client);
    await server?.stop();
    throw error;
  }
  client.on("ready", () => {
    log.info({}, "the connection to Redis is back");
    for (const listener of listeners) listener();
  });
  client.on("close", () => log.warn({}, "the connection to Redis was lost"));
  return {
    place,
    client,
    isUp: () => client.status === "ready",
    onBack: (listener) => void listeners.push(listener),
    async close() {
      client.removeAllListeners("close");
      hangUp(client);
      await server?.stop();
    },
  };
}

async function checkServer(client: Redis, whose: string, log: Log): Promise<void> {
  let info: string;
  try {
    info = await client.info("server");
  } catch (cause) {
    throw new SitewrightError(
      "REDIS_UNREACHABLE",
      `${whose} does not answer: check that it runs, its address and its password (${String(cause)})`,
      { cause },
    );
  }
  checkRedisVersion(/redis_version:(\d+\.\d+\.\d+)/.exec(info)?.[1] ?? "0.0.0", whose);
  const policy = await client.config("GET", "maxmemory-policy").catch(() => []);
  const found = Array.isArray(policy) ? policy[1] : undefined;
  if (found === undefined)
    log.warn({}, `${whose} does not report what it does when its memory is full: its maxmemory-policy must be noeviction`);
  else if (found !== "noeviction") {
    throw new SitewrightError(
      "CONFLICT",
      `${whose} may evict keys when its memory is full (maxmemory-policy ${String(found)}): set it to noeviction`,
    );
  }
}

function withoutSecret(url: string): string {
  if (!URL.canParse(url)) return "the address given (which is not a URL: write redis://HOST:6379)";
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
