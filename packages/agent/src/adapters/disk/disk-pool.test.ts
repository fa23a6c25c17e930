import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createDiskPool } from "./disk-pool.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "sitewright-pool-")));
writeFileSync(join(root, "file"), "content");
afterAll(() => rmSync(root, { recursive: true, force: true }));

test("Work is done, failures name the path, and a cancelled job ends as cancelled", async () => {
  const pool = createDiskPool();
  const [hashed] = await pool.run(root, "hash", { paths: ["file"] });
  expect(hashed?.chunks.map((chunk) => chunk.size)).toEqual([7]);
  await expect(pool.run(root, "make", { folders: ["no/such/parent"], links: [] })).rejects.toMatchObject({
    code: "IO_ERROR",
    path: join(root, "no/such/parent"),
  });
  await expect(pool.run(root, "walk", { path: "", most: 10 }, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: "CANCELLED",
  });
  await pool.close();
});

test("A pool closes at any moment, also while its workers are starting, and answers every job", async () => {
  for (const started of [false, true]) {
    const pool = createDiskPool();
    const jobs = Array.from({ length: 6 }, () => pool.run(root, "look", { paths: ["file"] }).catch((error: unknown) => error));
    if (started) await jobs[0];
    await pool.close();
    expect(await Promise.all(jobs)).toHaveLength(6);
    await expect(pool.run(root, "look", { paths: [] })).rejects.toMatchObject({ code: "CANCELLED" });
  }
});

test("threads without a job end after a while, and the next job starts one again", async () => {
  const pool = createDiskPool(20);
  pool.warmUp();
  expect(pool.threads()).toBeGreaterThan(0);
  await expect.poll(pool.threads).toBe(0);
  const [hashed] = await pool.run(root, "hash", { paths: ["file"] });
  expect(hashed?.chunks.map((chunk) => chunk.size)).toEqual([7]);
  await expect.poll(pool.threads).toBe(0);
  await pool.close();
});

test("a thread with a job does not end, however long the job takes", async () => {
  const large = Buffer.alloc(64 << 20);
  writeFileSync(join(root, "large"), large);
  const pool = createDiskPool(1);
  const [hashed] = await pool.run(root, "hash", { paths: ["large"] });
  expect(hashed?.chunks.reduce((sum, chunk) => sum + chunk.size, 0)).toBe(large.length);
  await pool.close();
});

test("a job after the other is done by one thread, which is used again before it ends", async () => {
  const pool = createDiskPool(60_000);
  for (let job = 0; job < 20; job += 1) await pool.run(root, "look", { paths: ["file"] });
  expect(pool.threads()).toBe(1);
  await pool.close();
});

test("jobs that come at once share a thread that is soon free", async () => {
  const pool = createDiskPool(60_000, 60_000);
  pool.warmUp();
  pool.warmUp();
  await Promise.all(Array.from({ length: 20 }, () => pool.run(root, "look", { paths: ["file"] })));
  expect(pool.threads()).toBe(1);
  await pool.close();
});

test("a job that waits for longer gets a further thread", async () => {
  writeFileSync(join(root, "large"), Buffer.alloc(64 << 20));
  const pool = createDiskPool(60_000, 0);
  const hashed = await Promise.all(Array.from({ length: 2 }, () => pool.run(root, "hash", { paths: ["large"] })));
  expect(hashed).toHaveLength(2);
  expect(pool.threads()).toBe(Math.min(2, availableParallelism()));
  await pool.close();
});
