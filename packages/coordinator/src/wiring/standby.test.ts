import { expect, test } from "vitest";
import { SitewrightError } from "@sitewright/protocol";
import { silent } from "../../test-support/redis/redis-fixture.ts";
import { copyShared } from "./standby.ts";

test("a coordinator that stands by on a full disk warns that it cannot copy what the leading one has, and stands by on", async () => {
  const warned: unknown[] = [];
  const log = { ...silent, warn: (_: object, message: string) => void warned.push(message) };
  const failing = (error: Error) => ({ log, shared: { take: () => Promise.reject(error) } });
  await copyShared(failing(Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC", syscall: "write" })));
  expect(warned).toEqual([expect.stringContaining("could not be copied")]);
  const outage = new SitewrightError("REDIS_UNREACHABLE", "Redis does not answer");
  await expect(copyShared(failing(outage))).rejects.toBe(outage);
});
