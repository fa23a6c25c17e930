import type { RedisClient } from "./server/connection.ts";

/**
 * Work whose writes are on the disk when it ends: otherwise a crash of Redis loses its last second. A Redis that does not let its configuration
 * be changed keeps its own rule.
 */
export async function durably<T>(redis: RedisClient, work: () => Promise<T>): Promise<T> {
  const [, before] = (await redis.config("GET", "appendfsync").catch(() => [])) as string[];
  const set = async (rule: string | undefined): Promise<void> => {
    if (rule !== undefined) await redis.config("SET", "appendfsync", rule).catch(() => undefined);
  };
  if (before !== undefined) await set("always");
  try {
    return await work();
  } finally {
    await set(before);
  }
}
