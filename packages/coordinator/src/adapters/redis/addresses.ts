import type { AddressStore } from "../../app/ports/addresses.ts";
import { reaching, type RedisClient } from "./server/connection.ts";
import { KEYS } from "./keys.ts";
import { decodeRecord, encodeRecord, RECORDS } from "./records.ts";

/** Changes kept of an address. */
const KEPT_CHANGES = 50;

/** What operators set on addresses: one hash for everything, and a list of changes per address. Throws `REDIS_UNREACHABLE`. */
export function redisAddresses(redis: RedisClient): AddressStore {
  return {
    overrides: () =>
      reaching(async () => {
        const stored = await redis.hgetall(KEYS.addresses);
        return new Map(
          Object.entries(stored).map(([key, json]) => [key, decodeRecord(RECORDS.override, `${KEYS.addresses} ${key}`, json)]),
        );
      }),
    setOverride: (key, override, change) =>
      reaching(async () => {
        const commands = redis.multi();
        if (override) commands.hset(KEYS.addresses, key, encodeRecord(RECORDS.override, override));
        else commands.hdel(KEYS.addresses, key);
        if (change)
          commands
            .lpush(KEYS.addressChanges(key), encodeRecord(RECORDS.change, change))
            .ltrim(KEYS.addressChanges(key), 0, KEPT_CHANGES - 1);
        for (const [error] of (await commands.exec()) ?? []) if (error) throw error;
      }),
    changes: (key) =>
      reaching(async () =>
        (await redis.lrange(KEYS.addressChanges(key), 0, -1)).map((json) => decodeRecord(RECORDS.change, KEYS.addressChanges(key), json)),
      ),
  };
}
