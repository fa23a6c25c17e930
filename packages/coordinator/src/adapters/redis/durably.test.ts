import { expect, test } from "vitest";
import { useRedis } from "../../../test-support/redis/redis-fixture.ts";
import { durably } from "./durably.ts";
import { KEYS } from "./keys.ts";

const at = useRedis();

async function rule(): Promise<string | undefined> {
  return ((await at.redis.client.config("GET", "appendfsync")) as string[])[1];
}

test("a Redis syncs each write while something is stored durably, and has its own rule afterwards, also if a coordinator was killed meanwhile", async () => {
  const { client } = at.redis;
  const during: (string | undefined)[] = [];
  // Its coordinator is killed: it never ends.
  void durably(client, () => new Promise(() => undefined));
  await expect.poll(rule).toBe("always");
  await durably(client, async () => during.push(await rule()));
  expect([...during, await rule(), await client.exists(KEYS.syncRule)]).toEqual(["always", "everysec", 0]);
});

test("the rule of a Redis that was started again counts, not the one that a killed coordinator found before", async () => {
  const { client } = at.redis;
  await client.set(KEYS.syncRule, "another-process no");
  await durably(client, () => Promise.resolve());
  expect(await rule()).toBe("everysec");
});
