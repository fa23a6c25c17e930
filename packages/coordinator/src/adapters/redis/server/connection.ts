import type { Writable } from "node:stream";
import { Cluster, Redis, type RedisOptions } from "ioredis";
import { SitewrightError } from "@sitewright/protocol";
import type { RedisPlace } from "./redis-place.ts";

export type RedisClient = Redis | Cluster;

export type ConnectionOptions = Omit<RedisOptions, "replyMapping">;

/** Attempts to reconnect, half a second apart at most, before a waiting command fails: about 10 s. */
const ATTEMPTS = 20;
const MAX_DELAY = 500;
/** A server that answers nothing for this long counts as lost, ms. */
const SILENCE = 10_000;

/** Event of a client: Redis answered, and stored nothing (`refusalIn`). */
export const REFUSED = "refused";

/** A connection whose commands wait some seconds for an outage to end, then fail permanently: a failed command is not sent later. */
export function connectRedis(place: RedisPlace, options: ConnectionOptions = {}): RedisClient {
  const client: RedisClient = open(place, {
    maxRetriesPerRequest: ATTEMPTS,
    retryStrategy: delayOf,
    reconnectOnError(error) {
      if (refusalIn(error) !== undefined) client.emit(REFUSED);
      // After a failover a former master refuses to write: the connection is made again, to the present one, and the command sent again.
      return error.message.startsWith("READONLY") ? 2 : false;
    },
    socketTimeout: SILENCE,
    connectTimeout: SILENCE,
    ...options,
  });
  // Without a listener an outage would end the process; commands report it themselves.
  client.on("error", () => undefined);
  if (client instanceof Redis) client.on("connect", () => gatherWrites(client.stream));
  return client;
}

/** Commands of one turn of the event loop are written together: a write of its own costs more than a command. */
function gatherWrites(stream: Writable): void {
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  stream.write = (...args: unknown[]) => {
    if (stream.writableCorked === 0) {
      stream.cork();
      process.nextTick(() => stream.uncork());
    }
    return write(...args);
  };
}

const delayOf = (times: number): number => Math.min(times * 50, MAX_DELAY);

function open(place: RedisPlace, all: ConnectionOptions): RedisClient {
  const { tls } = place;
  const secure = tls && { tls: { ...tls } };
  switch (place.kind) {
    case "socket":
      return new Redis(place.path, all);
    case "server":
      return new Redis(place.url, { ...all, ...secure });
    case "sentinel": {
      const { nodes: sentinels, name, account } = place;
      const options = { sentinels, name, sentinelRetryStrategy: delayOf, ...account, ...secure };
      return new Redis({ ...all, ...options, ...(secure && { sentinelTLS: secure.tls, enableTLSForSentinelMode: true }) });
    }
    case "cluster":
      return new Cluster(place.nodes, {
        redisOptions: { ...all, ...place.account, ...secure },
        clusterRetryStrategy: delayOf,
        // What waits while no node answers could not be given up after some seconds.
        enableOfflineQueue: false,
        maxRedirections: ATTEMPTS,
        retryDelayOnFailover: MAX_DELAY,
        retryDelayOnClusterDown: MAX_DELAY,
        slotsRefreshTimeout: SILENCE,
        // A certificate names hosts.
        dnsLookup: (address, found) => found(null, address),
      });
  }
}

/** The servers that store: commands which concern no key go to one of them, whichever it is. */
export function storing(client: RedisClient): readonly Redis[] {
  return client instanceof Cluster ? client.nodes("master") : [client];
}

/** Ends a connection. One that has ended is left alone: the library would wait two more seconds. */
export function hangUp(client: RedisClient): void {
  if (client.status !== "end") client.disconnect();
}

/** Runs commands; failures because of an outage become `REDIS_UNREACHABLE`. */
export async function reaching<T>(commands: () => Promise<T>): Promise<T> {
  try {
    return await commands();
  } catch (cause) {
    if (cause instanceof SitewrightError) throw cause;
    const refusal = refusalIn(cause);
    if (refusal !== undefined) throw storesNothing("Redis", refusal, cause);
    if (!isOutage(cause)) throw cause;
    throw new SitewrightError(
      "REDIS_UNREACHABLE",
      `Redis does not answer (${(cause as Error).message}), so this may not have been stored: once Redis is back, check with 'sitewright status' and try again`,
      { cause },
    );
  }
}

/**
 * What a Redis says that answers, and stores nothing until somebody makes room for it, or its copies are back; undefined: it says something
 * else.
 */
export function refusalIn(error: unknown): string | undefined {
  const { message, previousErrors = [] } = error as Error & { previousErrors?: readonly Error[] };
  return [message, ...previousErrors.map((one) => one.message)].find((text) => REFUSALS.test(text))?.replace(/ script: .*/, "");
}

/** A full disk, full memory, copies that are away. Of a command on trial its name comes before. */
const REFUSALS = /^(\w+: )?(MISCONF|OOM|NOREPLICAS) /;

/** @param whose Which Redis, for people. */
export function storesNothing(whose: string, refusal: string, cause?: unknown): SitewrightError {
  return new SitewrightError(
    "REDIS_UNREACHABLE",
    `${whose} answers, but stores nothing (${refusal}): make room on the disk, or in the memory, of its machine, or start its copies. What was asked for is not stored, or not all of it`,
    { cause },
  );
}

function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    error.name === "MaxRetriesPerRequestError" ||
    "code" in error ||
    /connection is closed|timeout|isn't (writeable|ready)|^(LOADING|MASTERDOWN|READONLY|CLUSTERDOWN)|aborted|slots cache|startup nodes|sentinels are/i.test(
      error.message,
    )
  );
}
