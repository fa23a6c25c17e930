import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import { SitewrightError } from "@sitewright/protocol";
import type { AgentRegistry, StoredInventory } from "../../app/ports.ts";
import { reaching } from "./connection.ts";
import { KEYS } from "./keys.ts";
import { USE_JOIN_TOKEN } from "./scripts.ts";

/** A token is remembered this long after it expired, so that "used" and "expired" can be told from "never heard of", ms. */
const REMEMBERED = 24 * 60 * 60 * 1000;

/** What is known of agents, one hash each. Throws `REDIS_UNREACHABLE` when an outage lasts. */
export function redisRegistry(redis: Redis): AgentRegistry {
  const field = (system: string, name: string): Promise<string | null> => reaching(() => redis.hget(KEYS.agent(system), name));
  const setField = async (system: string, name: string, value: string): Promise<void> => {
    await reaching(() => redis.hset(KEYS.agent(system), name, value));
  };
  return {
    async key(system) {
      const stored = await field(system, "key");
      return stored === null ? undefined : Uint8Array.fromHex(stored);
    },
    setKey: (system, key) => setField(system, "key", key.toHex()),
    async addJoinToken(tokenHash, { system, expiresAt }) {
      const key = KEYS.joinToken(tokenHash);
      await reaching(() =>
        redis
          .multi()
          .hset(key, { system, expiresAt: String(expiresAt) })
          .pexpireat(key, expiresAt + REMEMBERED)
          .exec(),
      );
    },
    async useJoinToken(tokenHash, system, now) {
      const answer = await reaching(() => redis.eval(USE_JOIN_TOKEN, 1, KEYS.joinToken(tokenHash), randomUUID(), system, now));
      if (answer !== "ok") throw refusal(String(answer), system);
    },
    acked: async (system) => Number((await field(system, "acked")) ?? 0),
    setAcked: (system, number) => setField(system, "acked", String(number)),
    async inventory(system) {
      const stored = await field(system, "inventory");
      return stored === null ? undefined : (JSON.parse(stored) as StoredInventory);
    },
    setInventory: (system, inventory) => setField(system, "inventory", JSON.stringify(inventory)),
  };
}

function refusal(answer: string, system: string): SitewrightError {
  const another = `make another with 'sitewright token create --system ${system}'`;
  if (answer === "used") return new SitewrightError("JOIN_TOKEN_USED", `this join token was used before: ${another}`);
  if (answer === "expired") return new SitewrightError("JOIN_TOKEN_EXPIRED", `this join token has expired: ${another}`);
  return new SitewrightError("JOIN_TOKEN_INVALID", `this is no join token for ${system}: ${another}`);
}
