import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { TEST_CERTIFICATES } from "@sitewright/testkit/certificates";
import { expect, test } from "vitest";
import { createFetchPool, type FetchPool } from "./fetch-pool.ts";
import type { StreamFailure, StreamTarget } from "./messages.ts";

const TARGET: StreamTarget = {
  url: "https://127.0.0.1:9/",
  trust: { ca: TEST_CERTIFICATES.caPem, token: "t" },
  root: "/nowhere",
  fetch: 1,
  stallMs: 1000,
};

const SILENT = { opened: () => undefined, progress: () => undefined, elsewhere: () => undefined };

function ended(pool: FetchPool, target: StreamTarget): Promise<StreamFailure | undefined> {
  return new Promise((resolve) => {
    pool.open(target, { ...SILENT, ended: resolve });
  });
}

test("a worker that dies ends its streams with IO_ERROR, and the next stream gets a new one", async () => {
  const pool = createFetchPool();
  expect(await ended(pool, { ...TARGET, url: "an unknown message" })).toMatchObject({ code: "IO_ERROR" });
  expect(await ended(pool, TARGET)).toMatchObject({ code: "COORDINATOR_UNREACHABLE" });
  await pool.close();
});

test("a stream that is closed before it is open ends without a failure", async () => {
  const pool = createFetchPool();
  const failure = await new Promise((resolve) => {
    const stream = pool.open(TARGET, { ...SILENT, ended: resolve });
    stream.close();
  });
  expect(failure).toBeUndefined();
  await pool.close();
});

test("threads without a stream end after a while; one with an open stream stays, however silent it is", async () => {
  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  const pool = createFetchPool(20);
  pool.warmUp();
  expect(pool.threads()).toBeGreaterThan(1);
  const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
  let failure: StreamFailure | undefined | "open" = "open";
  const stream = pool.open({ ...TARGET, url, stallMs: 60_000 }, { ...SILENT, ended: (how) => (failure = how) });
  await once(silent, "connection");
  await expect.poll(pool.threads).toBe(1);
  expect(failure).toBe("open");
  stream.close();
  await expect.poll(pool.threads).toBe(0);
  expect(failure).toBeUndefined();
  await pool.close();
  silent.close();
});

test("after its threads have ended a pool opens streams as before", async () => {
  const pool = createFetchPool(1);
  expect(await ended(pool, TARGET)).toMatchObject({ code: "COORDINATOR_UNREACHABLE" });
  await expect.poll(pool.threads).toBe(0);
  expect(await ended(pool, TARGET)).toMatchObject({ code: "COORDINATOR_UNREACHABLE" });
  await pool.close();
});
