import { Redis, type RedisOptions } from "ioredis";
import { SitewrightError } from "@sitewright/protocol";

/** Where a Redis answers: a URL, or the path of a unix socket. */
export type RedisPlace = { url: string } | { socket: string };

export type ConnectionOptions = Omit<RedisOptions, "replyMapping">;

/** Attempts to reconnect, half a second apart at most, before a waiting command fails: about 10 s. */
const ATTEMPTS = 20;
const MAX_DELAY = 500;
/** A server that answers nothing for this long counts as lost, ms. */
const SILENCE = 10_000;

/** A connection whose commands wait some seconds for an outage to end, then fail permanently: a failed command is not sent later. */
export function connectRedis(place: RedisPlace, options: ConnectionOptions = {}): Redis {
  const all: ConnectionOptions = {
    maxRetriesPerRequest: ATTEMPTS,
    retryStrategy: (times) => Math.min(times * 50, MAX_DELAY),
    socketTimeout: SILENCE,
    connectTimeout: SILENCE,
    ...options,
  };
  const client = "url" in place ? new Redis(place.url, all) : new Redis(place.socket, all);
  // Without a listener an outage would end the process; commands report it themselves.
  client.on("error", () => undefined);
  return client;
}

/** Ends a connection. One that has ended is left alone: the library would wait two more seconds. */
export function hangUp(client: Redis): void {
  if (client.status !== "end") client.disconnect();
}

/** Runs commands; failures because of an outage become `REDIS_UNREACHABLE`. */
export async function reaching<T>(commands: () => Promise<T>): Promise<T> {
  try {
    return await commands();
  } catch (cause) {
    if (cause instanceof SitewrightError || !isOutage(cause)) throw cause;
    throw new SitewrightError(
      "REDIS_UNREACHABLE",
      `Redis does not answer (${(cause as Error).message}), so this may not have been stored: once Redis is back, check with 'sitewright status' and try again`,
      { cause },
    );
  }
}

function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    error.name === "MaxRetriesPerRequestError" ||
    "code" in error ||
    /connection is closed|timeout|isn't writeable|^LOADING|^MASTERDOWN|aborted/i.test(error.message)
  );
}
