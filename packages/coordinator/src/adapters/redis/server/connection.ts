import type { Writable } from "node:stream";
import { Cluster, Redis, type Command, type RedisOptions } from "ioredis";
import { SitewrightError } from "@sitewright/protocol";
import type { RedisPlace } from "./redis-place.ts";

export type RedisClient = Redis | Cluster;

export type ConnectionOptions = Omit<RedisOptions, "replyMapping">;

/** Attempts to reconnect, half a second apart at most, before a waiting command fails: about 10 s. */
const ATTEMPTS = 20;
const MAX_DELAY = 500;
/** A server that answers nothing for this long counts as lost, ms. */
const SILENCE = 10_000;
/** How long commands wait for the master where only a copy answers, and without how many of its refusals that counts as over; ms. */
const COPY = { patience: 10_000, over: 5_000 };

/** Event of a client, with what Redis said: it answered, and stored nothing (`refusalIn`). */
export const REFUSED = "refused";

/**
 * A connection whose commands wait some seconds for an outage to end, then fail permanently: a failed command is not sent later.
 * @param until When aborted, it and its duplicates are not made again once they are lost.
 */
export function connectRedis(place: RedisPlace, options: ConnectionOptions = {}, until?: AbortSignal): RedisClient {
  const copy = { since: -Infinity, at: -Infinity };
  const client: RedisClient = open(place, {
    maxRetriesPerRequest: ATTEMPTS,
    // A connection to a copy is a success, after which the library would not wait.
    retryStrategy(times) {
      if (until?.aborted) return null;
      return performance.now() - copy.at < COPY.over ? MAX_DELAY : delayOf(times);
    },
    reconnectOnError(error) {
      const refusal = refusalIn(error);
      if (refusal === undefined) return false;
      client.emit(REFUSED, refusal);
      if (!refusal.startsWith("READONLY")) return false;
      // After a failover a former master refuses to write: the connection is made again, to the present one, and the command sent again.
      const now = performance.now();
      if (now - copy.at > COPY.over) copy.since = now;
      copy.at = now;
      return now - copy.since < COPY.patience ? 2 : 1;
    },
    socketTimeout: SILENCE,
    connectTimeout: SILENCE,
    ...options,
  });
  // Without a listener an outage would end the process; commands report it themselves.
  client.on("error", (error: Error) => {
    if (client instanceof Redis && refusalIn(error) !== undefined) endUnanswered(client, error);
  });
  if (client instanceof Redis) client.on("connect", () => gatherWrites(client.stream));
  return client;
}

/**
 * Ends what a lost connection left unanswered, where the next one is refused for its password: the library would send it again, and waits
 * for that without a limit.
 */
function endUnanswered(client: Redis, error: Error): void {
  const { prevCommandQueue: left } = client as unknown as { prevCommandQueue?: { shift(): { command: Command } | undefined } };
  for (let item = left?.shift(); item; item = left?.shift()) item.command.reject(error);
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

/** What a Redis that answers says when it does nothing, and the remedy. */
const REFUSALS: Record<string, string> = {
  MISCONF: "make room on the disk of its machine",
  OOM: "make room in its memory",
  NOREPLICAS: "start its copies",
  READONLY: "it is a copy of another one: name the master, or make this one the master",
  BUSY: "end the script of another program that it runs, with SCRIPT KILL",
  UNKILLABLE: "a script of another program blocks it: start it again",
  NOAUTH: "it has a password now: start the coordinator with that",
  WRONGPASS: "its account or password was changed: start the coordinator with the present one",
  NOPERM: "its account has too few rights: give it those that docs/operations.md lists",
};
/** Of a command on trial its name comes before. */
const REFUSAL = new RegExp(`^(?:\\w+: |Ready check failed: )?(${Object.keys(REFUSALS).join("|")}) `);
/** What a script says that may not use a command, by version of Redis. */
const NOT_ALLOWED = /ACL failure in script|executing the script can't run this command/;

/** What a Redis says that answers, and does nothing until somebody acts; undefined: it says something else. */
export function refusalIn(error: unknown): string | undefined {
  const { message, previousErrors = [] } = error as Error & { previousErrors?: readonly Error[] };
  const text = [message, ...previousErrors.map((one) => one.message)].find((one) => REFUSAL.test(one) || NOT_ALLOWED.test(one));
  return text?.replace(/ script: [0-9a-f]{40}.*/, "");
}

/** @param whose Which Redis, for people. */
export function storesNothing(whose: string, refusal: string, cause?: unknown): SitewrightError {
  const remedy = REFUSALS[REFUSAL.exec(refusal)?.[1] ?? "NOPERM"];
  return new SitewrightError(
    "REDIS_UNREACHABLE",
    `${whose} answers, but stores nothing (${refusal}): ${remedy}. What was asked for is not stored, or not all of it`,
    { cause },
  );
}

function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    error.name === "MaxRetriesPerRequestError" ||
    "code" in error ||
    /connection is closed|timeout|isn't (writeable|ready)|^(LOADING|MASTERDOWN|CLUSTERDOWN)|aborted|slots cache|startup nodes|sentinels are/i.test(
      error.message,
    )
  );
}
