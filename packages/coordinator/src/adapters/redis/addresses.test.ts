import { expect, test } from "vitest";
import { useRedis } from "../../../test-support/redis/redis-fixture.ts";
import type { AddressChange, SetOverride } from "../../app/ports/addresses.ts";
import { redisAddresses } from "./addresses.ts";

const at = useRedis();
const set: SetOverride = { override: { bandwidth: "1 Mbit/s", rateLimit: { "08-18": "25%" }, paused: true }, by: "anna", at: 7 };
const change = (at: number): AddressChange => ({ at, by: "anna", kind: "set", patch: { bandwidth: null } });

test("overrides are read as they were stored, until they are removed", async () => {
  const store = redisAddresses(at.redis.client);
  expect(await store.overrides()).toEqual(new Map());
  await store.setOverride("SEC", set, change(1));
  await store.setOverride("POR", set);
  expect(await store.overrides()).toEqual(
    new Map([
      ["SEC", set],
      ["POR", set],
    ]),
  );
  await store.setOverride("SEC", undefined, { at: 2, by: "ben", kind: "reset" });
  expect([...(await store.overrides()).keys()]).toEqual(["POR"]);
  expect(await store.changes("SEC")).toEqual([{ at: 2, by: "ben", kind: "reset" }, change(1)]);
  expect(await store.changes("POR")).toEqual([]);
});

test("the last fifty changes of an address are kept, newest first", async () => {
  const store = redisAddresses(at.redis.client);
  for (let time = 1; time <= 60; time++) await store.setOverride("SEC", set, change(time));
  const changes = await store.changes("SEC");
  expect([changes.length, changes[0]?.at, changes.at(-1)?.at]).toEqual([50, 60, 11]);
});
