import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { SitewrightError } from "@sitewright/protocol";
import type { Log } from "../../app/log.ts";
import { reaching, type RedisClient } from "./server/connection.ts";
import { KEYS } from "./keys.ts";
import { DROP_LEASE, TAKE_LEASE } from "./scripts.ts";

const LEASE_MS = 6_000;

export interface Lease {
  drop(): Promise<void>;
}

export interface LeaseOptions {
  /** Stored in the data folder: a restart on the same folder takes over immediately. */
  coordinatorId: string;
  dataDir: string;
  log: Log;
  /** ms between two renewals. */
  renewMs?: number;
  /** Called once when another coordinator holds the lease although this one did not release it. */
  onLost: (error: SitewrightError) => void;
}

/** One coordinator per Redis. Throws `REDIS_IN_USE`. */
export async function takeLease(
  redis: RedisClient,
  { coordinatorId, dataDir, log, renewMs = 2_000, onLost }: LeaseOptions,
): Promise<Lease> {
  const value = [coordinatorId, randomUUID(), hostname(), dataDir].join("\n");
  const take = (replaces: string): Promise<unknown> =>
    reaching(() => redis.eval(TAKE_LEASE, 1, KEYS.coordinator, replaces, value, LEASE_MS));
  const holder = await take(`${coordinatorId}\n`);
  if (typeof holder === "string") throw inUse(holder);
  let renewing: Promise<void> | undefined;
  const timer = setInterval(() => {
    renewing ??= renew().finally(() => (renewing = undefined));
  }, renewMs);
  async function renew(): Promise<void> {
    try {
      const other = await take(value);
      if (typeof other !== "string") return;
      clearInterval(timer);
      onLost(inUse(other));
    } catch (error) {
      log.warn({ error: String(error) }, "the coordinator's lease could not be renewed");
    }
  }
  return {
    async drop() {
      clearInterval(timer);
      await renewing;
      await reaching(() => redis.eval(DROP_LEASE, 1, KEYS.coordinator, value));
    },
  };
}

function inUse(holder: string): SitewrightError {
  const [, , host, dataDir] = holder.split("\n");
  return new SitewrightError(
    "REDIS_IN_USE",
    `this Redis serves another coordinator (on ${host}, data folder ${dataDir}): give each coordinator a Redis of its own; after one was killed, wait ${LEASE_MS / 1000} s`,
  );
}
