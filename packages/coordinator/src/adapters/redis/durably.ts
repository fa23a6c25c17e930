import { KEYS } from "./keys.ts";
import { reaching, type RedisClient } from "./server/connection.ts";

/**
 * Work whose writes are on the disk when it ends: otherwise a crash of Redis loses its last second. A Redis that does not let its configuration
 * be changed keeps its own rule.
 */
export async function durably<T>(redis: RedisClient, work: () => Promise<T>): Promise<T> {
  const [, current] = (await redis.config("GET", "appendfsync").catch(() => [])) as string[];
  if (current === undefined) return await work();
  const own = await reaching(() => ownRule(redis, current));
  const set = async (rule: string): Promise<void> => void (await redis.config("SET", "appendfsync", rule).catch(() => undefined));
  await set("always");
  try {
    return await work();
  } finally {
    await set(own);
    await redis.unlink(KEYS.syncRule).catch(() => undefined);
  }
}

/** The rule that a coordinator which was killed meanwhile found, else the current one: to sync each write would stay slow for good. */
async function ownRule(redis: RedisClient, current: string): Promise<string> {
  // A Redis that was started again has its own rule again.
  const process = /^run_id:(\w+)/m.exec(await redis.info("server"))?.[1] ?? "";
  const [of, rule] = ((await redis.get(KEYS.syncRule)) ?? "").split(" ");
  if (rule !== undefined && of === process) return rule;
  await redis.set(KEYS.syncRule, `${process} ${current}`);
  return current;
}
