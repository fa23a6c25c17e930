import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { noise } from "@sitewright/testkit/noise";
import { openChannel, type Channel } from "../adapters/backup-line/channel.ts";
import { serveRun } from "../adapters/backup-line/remote-run.ts";
import { entriesOf } from "../adapters/site-backup/read-run.ts";
import { openSnapshotStore, type OpenSnapshotStore } from "../adapters/site-backup/snapshot-store.ts";
import type { RunRecord } from "../app/site-backup/ports.ts";
import { keepSiteBackups } from "./site-backup-keep.ts";

const RULES = { keep: "7", keepDaily: "0", keepWeekly: "0", keepMonthly: "0" };

/** A keeper that answers SRVABC, and that system's end of the line. */
function startKeeper(folder: string, system = "SRVABC"): { channel: Channel; ended: Promise<unknown> } {
  const [there, back] = [new PassThrough(), new PassThrough()];
  const ended = keepSiteBackups({ folder, system, flags: RULES }, { input: there, output: back });
  return { channel: openChannel(back, there), ended };
}

async function makeRun(store: OpenSnapshotStore, source: string, run = "20261129T101112Z-00c0ffee"): Promise<RunRecord> {
  const writer = await store.begin(run);
  await writer.saveTree(source, "site", new AbortController().signal);
  const sealed = await writer.seal();
  const record: RunRecord = {
    form: 1,
    run,
    site: "ABC",
    state: "complete",
    control: "",
    began: 1,
    ended: 2,
    parts: [],
    absent: [],
    faults: [],
    ...sealed,
  };
  await store.publish(record);
  return record;
}

function site(): { source: string; store: OpenSnapshotStore; kept: string } {
  const folder = temporaryFolder();
  const source = join(folder, "site");
  mkdirSync(source);
  writeFileSync(join(source, "large"), noise(600_000, 1));
  writeFileSync(join(source, "text"), "text ".repeat(50_000));
  return { source, store: openSnapshotStore(join(folder, "own")), kept: join(folder, "kept") };
}

async function runsOf(kept: string): Promise<unknown> {
  const { channel, ended } = startKeeper(kept);
  await channel.say({ ask: "list" });
  const heard = await channel.next();
  await channel.end();
  await ended;
  return "words" in heard ? heard.words["runs"] : undefined;
}

test("a run is kept with the bytes that were sent, and compressed chunks are sent as they are stored", async () => {
  const { source, store, kept } = site();
  using _ = store;
  const record = await makeRun(store, source);
  const { channel, ended } = startKeeper(kept);
  await channel.say({ ask: "keep", record, name: "the first" });
  expect(await serveRun(channel, store, record)).toEqual({ kept: { run: record.run, began: 1, added: record.added, faults: [] } });
  await channel.end();
  await ended;
  expect(await runsOf(kept)).toEqual([{ ...record, archived: "the first" }]);
});

test.each<[string, (store: OpenSnapshotStore) => Partial<OpenSnapshotStore["chunks"]>]>([
  ["SNAPSHOT_DAMAGED", () => ({ packed: () => undefined })],
  ["SNAPSHOT_DAMAGED", () => ({ packed: () => ({ stored: Buffer.from("other bytes"), size: 11 }) })],
  ["SNAPSHOT_DAMAGED", () => ({ packed: () => ({ stored: Buffer.alloc(9), size: 0xffffffff }) })],
])("chunks that are missing, of other content or of impossible size are refused (%s), and no run is there", async (code, other) => {
  const { source, store, kept } = site();
  using _ = store;
  const record = await makeRun(store, source);
  const { channel, ended } = startKeeper(kept);
  await channel.say({ ask: "keep", record });
  const hostile = { ...store, chunks: { ...store.chunks, ...other(store) } };
  await expect(serveRun(channel, hostile, record)).rejects.toMatchObject({ code });
  await channel.end();
  await ended;
  expect(await runsOf(kept)).toEqual([]);
});

test.each([
  ["SNAPSHOT_DAMAGED", { list: "00".repeat(32) }],
  ["FRAME_INVALID", { run: "../../outside" }],
  ["FRAME_INVALID", { faults: undefined }],
])("a record that does not fit its list or is none is refused with %s", async (code, wrong) => {
  const { source, store, kept } = site();
  using _ = store;
  const record = await makeRun(store, source);
  const { channel, ended } = startKeeper(kept);
  await channel.say({ ask: "keep", record: { ...record, ...wrong } });
  await expect(serveRun(channel, store, record)).rejects.toMatchObject({ code });
  await channel.end();
  await ended;
  expect(await runsOf(kept)).toEqual([]);
});

test("a system whose name would be another folder is refused, and so is a question that is not known", async () => {
  const { kept } = site();
  for (const [system, question, code] of [
    ["../SRVABC", { ask: "list" }, "BAD_REQUEST"],
    ["SRVABC", { ask: "remove" }, "NOT_FOUND"],
  ] as const) {
    const { channel, ended } = startKeeper(kept, system);
    await channel.say(question);
    await expect(channel.next()).rejects.toMatchObject({ code });
    await channel.end();
    await ended;
  }
  expect(existsSync(kept)).toBe(false);
});

test("what arrived before a line broke off is not asked for again", async () => {
  const { source, store, kept } = site();
  using _ = store;
  const record = await makeRun(store, source);
  const first = startKeeper(kept);
  await first.channel.say({ ask: "keep", record });
  let given = 0;
  const counting = (most: number) => ({
    ...store,
    chunks: {
      ...store.chunks,
      packed(digest: Uint8Array) {
        if ((given += 1) > most) throw new Error("the machine fails");
        return store.chunks.packed(digest);
      },
    },
  });
  await expect(serveRun(first.channel, counting(2), record)).rejects.toThrow("the machine fails");
  await first.channel.end();
  await first.ended;
  expect(await runsOf(kept)).toEqual([]);
  const chunks = given - 1;
  const second = startKeeper(kept);
  await second.channel.say({ ask: "keep", record });
  given = 0;
  await serveRun(second.channel, counting(Infinity), record);
  await second.channel.end();
  await second.ended;
  expect([chunks, given > 0, readdirSync(join(kept, "SRVABC/.sitewright/runs")).length]).toEqual([2, true, 2]);
  const digests = new Set<string>();
  for await (const { chunks: names = [] } of entriesOf(store, record)) for (const name of names) digests.add(name);
  expect(given).toBe(digests.size - chunks);
});

test("nothing remains of the list of a run whose copy was broken off for good, once another run is kept", async () => {
  const { source, store, kept } = site();
  using _ = store;
  const keep = async (record: RunRecord, chunks = store.chunks) => {
    const { channel, ended } = startKeeper(kept);
    await channel.say({ ask: "keep", record });
    await serveRun(channel, { ...store, chunks }, record).catch(() => undefined);
    await channel.end();
    await ended;
  };
  const broken = {
    ...store.chunks,
    packed(): never {
      throw new Error("the next backup begins");
    },
  };
  await keep(await makeRun(store, source), broken);
  const runs = join(kept, "SRVABC/.sitewright/runs");
  expect(readdirSync(runs)).toHaveLength(1);
  const later = await makeRun(store, source, "20261130T101112Z-00c0ffee");
  await keep(later);
  expect(readdirSync(runs).sort()).toEqual([`${later.run}.json`, `${later.run}.list`]);
});
