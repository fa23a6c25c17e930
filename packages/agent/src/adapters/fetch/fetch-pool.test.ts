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
