import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { LedgerEntry } from "@sitewright/protocol/api";
import { ANNA } from "../../../test-support/fakes.ts";
import { memoryCopy, memoryLines, startLedger } from "../../../test-support/memory-ledger.ts";
import { ITSELF } from "./ledger.ts";

/** The entries of two starts of a coordinator, three each. */
async function written(): Promise<{ file: string[]; redis: string[] }> {
  const [file, redis] = [[], []] as [string[], string[]];
  for (const run of ["r1", "r2"]) {
    const ledger = await startLedger(memoryLines(file), memoryCopy(redis));
    await ledger.record(ITSELF, "coordinator-started");
    await ledger.record(ANNA, "run-started", { about: { run }, details: { kind: "rebuild" } });
    await ledger.record(ANNA, "run-cancelled", { about: { run } });
  }
  return { file, redis };
}

const parsed = (line: string | undefined) => JSON.parse(line ?? "") as LedgerEntry;
const verify = async (file: string[], redis: string[]) => (await startLedger(memoryLines(file), memoryCopy(redis))).verify();

test("an entry names who asked for what, the entry before it, and the end of the chains of earlier starts", async () => {
  const { file } = await written();
  const entries = file.map(parsed);
  expect(entries.map(({ number, kind, about }) => [number, kind, about])).toEqual([
    [1, "coordinator-started", {}],
    [2, "run-started", { run: "r1" }],
    [3, "run-cancelled", { run: "r1" }],
    [1, "coordinator-started", {}],
    [2, "run-started", { run: "r2" }],
    [3, "run-cancelled", { run: "r2" }],
  ]);
  expect(entries[1]).toMatchObject({ previous: entries[0]?.hash, by: ANNA, details: { kind: "rebuild" }, seen: {} });
  expect(entries[3]).toMatchObject({ previous: "", seen: { [entries[2]?.writer ?? ""]: { number: 3, hash: entries[2]?.hash } } });
});

test("a ledger that was not altered is intact", async () => {
  const { file, redis } = await written();
  expect(redis).toEqual(file);
  expect(await verify(file, redis)).toEqual({ entries: 6, writers: 2, findings: [] });
});

test("concurrent entries form one chain", async () => {
  const file: string[] = [];
  const ledger = await startLedger(memoryLines(file));
  await Promise.all(Array.from({ length: 20 }, (_, i) => ledger.record(ANNA, "run-started", { about: { run: `r${i}` } })));
  expect(file.map((line) => parsed(line).number)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  expect((await ledger.verify()).findings).toEqual([]);
});

test("altering any text of any entry is detected, and the entry is named", async () => {
  const { file } = await written();
  await fc.assert(
    fc.asyncProperty(fc.nat(file.length - 1), fc.constantFrom("by", "kind", "at", "about", "details", "previous"), async (index, field) => {
      const entry = parsed(file[index]);
      const forged = {
        by: { ...ANNA, name: "bob" },
        kind: "run-paused",
        at: entry.at + 1,
        about: { run: "r9" },
        details: { x: "y" },
        previous: "f",
      };
      const altered = file.with(index, JSON.stringify({ ...entry, [field]: forged[field] }));
      const { findings } = await verify(altered, [...altered]);
      expect(findings).toContainEqual(expect.objectContaining({ kind: "edited", where: `${entry.writer}/${entry.number}` }));
    }),
    { seed: 7, numRuns: 60 },
  );
});

test("removing an entry from both copies is detected, unless it was the last one", async () => {
  const { file } = await written();
  for (let index = 0; index < file.length - 1; index++) {
    const { writer, number } = parsed(file[index]);
    const left = file.toSpliced(index, 1);
    expect((await verify(left, [...left])).findings).toContainEqual(
      expect.objectContaining({ kind: "missing", where: `${writer}/${number}` }),
    );
  }
});

test("a line that is not an entry is reported by its number", async () => {
  const { file } = await written();
  const damaged = file.with(2, "{");
  expect((await verify(damaged, [])).findings).toContainEqual(expect.objectContaining({ kind: "edited", where: "line 3" }));
});

test("a number that was written twice is a fork", async () => {
  const [file, other] = [[], []] as [string[], string[]];
  for (const [lines, run] of [
    [file, "r1"],
    [other, "r2"],
  ] as const)
    await (await startLedger(memoryLines(lines), memoryCopy(), "same")).record(ANNA, "run-started", { about: { run } });
  expect((await verify([...file, ...other], [])).findings).toEqual([expect.objectContaining({ kind: "forked", where: "same/1" })]);
});

test("if either copy is lost or older than the other, the next start has all entries in both", async () => {
  const { file } = await written();
  for (const [left, right] of [
    [file, []],
    [[], file],
    [file.slice(0, 2), file],
    [file, file.slice(0, 4)],
    [file.slice(0, 4), file.toSpliced(1, 2)],
  ] as const) {
    const [lines, copy] = [[...left], [...right]];
    expect((await verify(lines, copy)).findings).toEqual([]);
    expect(new Set(lines)).toEqual(new Set(file));
    expect(new Set(copy)).toEqual(new Set(file));
  }
});

test("an alteration in Redis alone does not reach the data folder, and is reported", async () => {
  const { file, redis } = await written();
  redis[1] = JSON.stringify({ ...parsed(redis[1]), kind: "run-paused" });
  const { findings } = await verify(file, redis);
  expect(findings).toEqual([expect.objectContaining({ kind: "edited", where: expect.stringContaining("in Redis") as string })]);
  expect(file).toHaveLength(6);
});

test("a change is recorded while Redis is away, and Redis has it once it is back", async () => {
  const redis: string[] = [];
  let isUp = false;
  const copy = memoryCopy(redis);
  const push = (lines: readonly string[]) => (isUp ? copy.push(lines) : Promise.reject(new Error("away")));
  const ledger = await startLedger(memoryLines(), { ...copy, push });
  await ledger.record(ANNA, "run-started");
  expect(redis).toEqual([]);
  isUp = true;
  await ledger.reconcile();
  expect(redis).toHaveLength(1);
});

test("a change that cannot be recorded is refused, and the chain continues without it", async () => {
  const file: string[] = [];
  let isFull = true;
  const lines = memoryLines(file);
  const append = (added: readonly string[]) => (isFull ? Promise.reject(new Error("full")) : lines.append(added));
  const ledger = await startLedger({ ...lines, append });
  await expect(ledger.record(ANNA, "run-started")).rejects.toThrow("full");
  isFull = false;
  await ledger.record(ANNA, "run-started");
  expect(parsed(file[0]).number).toBe(1);
  expect((await ledger.verify()).findings).toEqual([]);
});

test("the entries of a ledger of form 1 are read and verified, and the chain continues with this start", async () => {
  const fixture = new URL("../../../test-fixtures/form-1/ledger.jsonl", import.meta.url);
  const file = readFileSync(fixture, "utf8").trimEnd().split("\n");
  const ledger = await startLedger(memoryLines(file));
  await ledger.record(ANNA, "run-started");
  expect(await ledger.verify()).toEqual({ entries: 8, writers: 3, findings: [] });
  expect((await ledger.page({ address: "SEC" })).entries.map(({ kind }) => kind)).toEqual(["address-resumed", "address-paused"]);
});

test("a ledger with an entry of a newer form is left alone, and the start names the version that can read it", async () => {
  const { file } = await written();
  const newer = JSON.stringify({ ...parsed(file[0]), form: 2 });
  await expect(startLedger(memoryLines([newer]))).rejects.toMatchObject({
    code: "DATA_FILE_UNUSABLE",
    message: expect.stringContaining("start that version") as string,
  });
});

test("entries are returned newest first, page by page, and filtered by what they are about", async () => {
  const { file } = await written();
  const ledger = await startLedger(memoryLines(file));
  const first = await ledger.page({ limit: "4" });
  expect(first.entries.map(({ hash }) => hash)).toEqual(
    file
      .map((line) => parsed(line).hash)
      .toReversed()
      .slice(0, 4),
  );
  const second = await ledger.page({ limit: "4", before: String(first.next) });
  expect(second.entries).toHaveLength(2);
  expect(second.next).toBeUndefined();
  expect((await ledger.page({ run: "r1", by: ANNA.name })).entries).toHaveLength(2);
  expect((await ledger.page({ kind: "coordinator-started" })).entries).toHaveLength(2);
  const oldestFirst = await Array.fromAsync(ledger.entries({ run: "r1", by: ANNA.name }));
  expect(oldestFirst).toEqual((await ledger.page({ run: "r1", by: ANNA.name })).entries.toReversed());
});

test("what is decided is in one order for each coordinator, although Redis lost everything and has an undo before what it undoes", async () => {
  const [ours, theirs, redis] = [[], [], []] as [string[], string[], string[]];
  const ledger = await startLedger(memoryLines(ours), memoryCopy(redis));
  await ledger.record(ITSELF, "coordinator-started");
  await ledger.record(ANNA, "deleted", { about: { site: "SEC" } });
  await ledger.record(ANNA, "run-started", { about: { run: "r1" } });
  redis.length = 0;
  await ledger.record(ANNA, "deletion-undone", { about: { site: "SEC" } });
  await ledger.reconcile();
  const other = await startLedger(memoryLines(theirs), memoryCopy(redis));
  expect(theirs.map((line) => parsed(line).kind)).toEqual(["deletion-undone", "coordinator-started", "deleted", "run-started"]);
  for (const one of [ledger, other])
    expect((await one.decisions()).map(({ kind }) => kind)).toEqual(["coordinator-started", "deleted", "deletion-undone"]);
});
