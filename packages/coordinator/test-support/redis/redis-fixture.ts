import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import { openRedis, type RedisHandle } from "../../src/adapters/redis/server/open-redis.ts";
import { serverFolders } from "../../src/adapters/redis/server/server-folders.ts";
import type { Log } from "../../src/app/log.ts";

export const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export interface RedisFixture {
  readonly redis: RedisHandle;
  /** Kills the server once it has written everything; its watch restarts it on the same data. */
  killServer(): Promise<void>;
}

/** One embedded Redis for the tests of a file, empty at the start of each. */
export function useRedis(): RedisFixture {
  let redis: RedisHandle;
  let dataDir: string;
  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), "sw-test-"));
    redis = await openRedis({ dataDir, log: silent });
  });
  afterAll(async () => {
    await redis.close();
    rmSync(dirname(serverFolders(dataDir).socket), { recursive: true, force: true });
    rmSync(dataDir, { recursive: true, force: true });
  });
  beforeEach(async () => void (await redis.client.flushall()));
  return {
    get redis() {
      return redis;
    },
    async killServer() {
      await written(redis);
      process.kill(Number(readFileSync(serverFolders(dataDir).pidFile, "utf8")), "SIGKILL");
    },
  };
}

/**
 * Waits until what was acknowledged is in the server's file: while the server syncs that file, on a busy disk for a second or two, it
 * acknowledges writes before it writes them there, and loses them if it is killed.
 */
export async function written({ client }: RedisHandle): Promise<void> {
  await expect.poll(() => client.info("persistence")).toContain("aof_buffer_length:0\r\n");
}
