import type { LedgerCopy } from "../../app/ledger/ports.ts";
import { reaching, type RedisClient } from "./server/connection.ts";
import { KEYS } from "./keys.ts";

/** Lines per read or write. */
const PAGE = 500;

/** The second copy of the ledger: an append-only list. Throws `REDIS_UNREACHABLE` during a long outage. */
export function redisLedgerCopy(redis: RedisClient): LedgerCopy {
  return {
    async push(lines) {
      for (let at = 0; at < lines.length; at += PAGE) await reaching(() => redis.rpush(KEYS.ledger, ...lines.slice(at, at + PAGE)));
    },
    async *lines() {
      for (let at = 0; ; at += PAGE) {
        const page = await reaching(() => redis.lrange(KEYS.ledger, at, at + PAGE - 1));
        yield* page;
        if (page.length < PAGE) return;
      }
    },
  };
}
