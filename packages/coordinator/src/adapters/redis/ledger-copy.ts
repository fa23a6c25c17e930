import type { Redis } from "ioredis";
import type { LedgerCopy } from "../../app/ledger/ports.ts";
import { reaching } from "./connection.ts";
import { KEYS } from "./keys.ts";

/** Lines that are read or written at once. */
const PAGE = 500;

/** The second copy of the ledger: a list that only grows. Throws `REDIS_UNREACHABLE` when an outage lasts. */
export function redisLedgerCopy(redis: Redis): LedgerCopy {
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
