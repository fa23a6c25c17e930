import { expect, test } from "vitest";
import { loadKnowledge } from "@sitewright/expert/load";
import { LOST_PRIMARY } from "../../../../expert/test-support/answers.ts";
import { ANNA, BEN } from "../../../test-support/fakes.ts";
import { memoryCopy, memoryLines, startLedger } from "../../../test-support/memory-ledger.ts";
import { silent } from "../../../test-support/redis/redis-fixture.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { createRecoveries, type Recoveries, type RecoveriesDeps } from "./recoveries.ts";
import { createRecoveryBook } from "./recovery-book.ts";

const knowledge = loadKnowledge();
const OPENING = { site: "ABC", answers: LOST_PRIMARY, recorder: "ben", abortWhen: ["the backup cannot be read"] };

interface Start extends Recoveries {
  isOpen(site: string): boolean;
}

/** A start of a coordinator with this ledger. */
async function startWith(ledger: Ledger, others: Partial<RecoveriesDeps> = {}): Promise<Start> {
  const book = createRecoveryBook({ ledger, onChange: () => undefined, log: silent });
  for await (const entry of ledger.entries()) book.take(entry);
  const recoveries = createRecoveries({
    book,
    loadKnowledge: () => knowledge,
    requireSite: () => Promise.resolve(),
    signsOf: () => Promise.resolve([]),
    onHeld: () => Promise.resolve(),
    newId: () => `r${book.list().length + 1}`,
    clock: Date.now,
    ...others,
  });
  return { ...recoveries, isOpen: (site) => book.openOf(site) !== undefined };
}

/** A start of a coordinator on these lines of the ledger. */
const start = async (lines: string[], signs: readonly string[] = []): Promise<Start> =>
  startWith(await startLedger(memoryLines(lines), memoryCopy()), { signsOf: () => Promise.resolve(signs) });

async function closeAll(recoveries: Recoveries, id: string): Promise<void> {
  for (const task of recoveries.show(id).tasks) await recoveries.record(ANNA, id, task.id, { state: "done" });
}

test("a recovery goes from its answers, task by task in the order of the list, to the signed end", async () => {
  const recoveries = await start([]);
  const { id, tasks } = await recoveries.open(ANNA, OPENING);
  expect(tasks.length).toBeGreaterThan(20);
  await closeAll(recoveries, id);
  const { state, end } = await recoveries.finish(ANNA, "ABC", { outcome: "recovered", signedBy: "dora", losses: [] });
  expect([state, end]).toEqual(["finished", expect.objectContaining({ outcome: "recovered", signedBy: "dora", by: "anna" })]);
  expect(recoveries.isOpen("ABC")).toBe(false);
});

test("a restart in the middle of a recovery loses nothing, and a task that waits for a person still waits", async () => {
  const lines: string[] = [];
  const before = await start(lines);
  const { id, tasks } = await before.open(ANNA, OPENING);
  const first = tasks[0]?.id ?? "";
  await before.record(BEN, id, first, { state: "waiting", evidence: "asked dora" });
  const after = await start(lines);
  const [known, now] = [before, after].map((recoveries) =>
    recoveries.show("ABC").tasks.map(({ records, ...task }) => ({ ...task, records: records.length })),
  );
  expect(now).toEqual(known);
  expect(after.show(id).tasks[0]).toMatchObject({ state: "waiting", records: [{ by: "ben", evidence: "asked dora" }] });
});

test("what was refused left no entry in the ledger and no trace in the recovery", async () => {
  const lines: string[] = [];
  const recoveries = await start(lines, ["its epoch is 1, and 2 was seen"]);
  const { id, tasks } = await recoveries.open(ANNA, OPENING);
  const waits = tasks.find(({ needs }) => needs.length > 0)?.id ?? "";
  const first = tasks[0]?.id ?? "";
  const [kept, before] = [lines.length, recoveries.show(id)];
  const outcome = { outcome: "recovered", signedBy: "dora", losses: [] } as const;
  await expect(recoveries.open(ANNA, OPENING)).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(recoveries.record(ANNA, id, waits, { state: "done" })).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(recoveries.record(ANNA, id, first, { state: "skipped" })).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(recoveries.answer(ANNA, id, { trigger: "hardware" })).rejects.toMatchObject({ code: "ANSWERS_INVALID" });
  const contradicting = { ...LOST_PRIMARY, siteType: "standalone" };
  await expect(recoveries.answer(ANNA, id, contradicting)).rejects.toThrow(/siteType: "standalone" and .* exclude each other/);
  await expect(recoveries.record(ANNA, id, first, { state: "done", evidence: "e".repeat(20_001) })).rejects.toThrow(
    "the longest part is evidence with 20001",
  );
  await expect(recoveries.finish(ANNA, id, outcome)).rejects.toMatchObject({ code: "CONFLICT" });
  expect(() => recoveries.show("r99")).toThrow("there is no recovery r99");
  expect([lines.length, recoveries.show(id)]).toEqual([kept, before]);
  await closeAll(recoveries, id);
  await expect(recoveries.finish(ANNA, id, outcome)).rejects.toThrow("its epoch is 1, and 2 was seen");
});

test("changed answers plan again, keep what was done, and leave each difference in the ledger", async () => {
  const lines: string[] = [];
  const recoveries = await start(lines);
  const { id, tasks } = await recoveries.open(ANNA, OPENING);
  const first = tasks[0]?.id ?? "";
  await recoveries.record(ANNA, id, first, { state: "done", doneBy: "carl", doneAt: 5 });
  const after = await recoveries.answer(BEN, id, { ...LOST_PRIMARY, link: "fast", objectsChanged: "no" });
  expect(after.tasks.find((task) => task.id === first)).toMatchObject({ state: "done", records: [{ doneBy: "carl", doneAt: 5 }] });
  expect(after.dropped.length).toBeGreaterThan(0);
  const line = "How good is the line to the slowest site system or child?";
  expect(after.answersInWords).toEqual(
    expect.arrayContaining([
      { question: line, answer: "fast" },
      { question: "What happened?", answer: expect.stringMatching(/^a server/) as string },
    ]),
  );
  expect(after.changes[0]?.inWords).toContain(`${line} slow -> fast`);
  expect(recoveries.report(id).deviations.at(-1)?.what).toContain(`${line} slow -> fast`);
  const { kind, details } = JSON.parse(lines.at(-1) ?? "") as { kind: string; details: Record<string, string> };
  expect([kind, details["dropped"]]).toEqual(["recovery-answered", after.dropped.map((task) => task.id).join(" ")]);
});

test("a recovery whose entry cannot be written down is not opened", async () => {
  const lines = { ...memoryLines(), append: () => Promise.reject(new Error("full")) };
  const ledger = await startLedger(lines);
  const recoveries = await startWith(ledger);
  await expect(recoveries.open(ANNA, OPENING)).rejects.toThrow("full");
  expect(recoveries.list()).toEqual([]);
});

test("a recovery of a site that the hierarchy does not have is refused", async () => {
  const lines: string[] = [];
  const requireSite = () => Promise.reject(new Error("no site"));
  const recoveries = await startWith(await startLedger(memoryLines(lines)), { requireSite });
  await expect(recoveries.open(ANNA, OPENING)).rejects.toThrow("no site");
  expect([lines, recoveries.list()]).toEqual([[], []]);
});

test("the part that judges again what is held is told when a recovery has begun and when it has ended", async () => {
  const told: boolean[] = [];
  const ledger = await startLedger();
  const recoveries: Start = await startWith(ledger, { onHeld: async () => void told.push(recoveries.isOpen("ABC")) });
  const { id } = await recoveries.open(ANNA, OPENING);
  await recoveries.abandon(ANNA, id, "a new site instead");
  expect(told).toEqual([true, false]);
});

test("the list says how far each recovery is, and what can be begun now", async () => {
  const recoveries = await start([]);
  const { id } = await recoveries.open(ANNA, OPENING);
  await recoveries.record(ANNA, id, "P01", { state: "done" });
  await recoveries.record(ANNA, id, "P02", { state: "waiting" });
  expect(recoveries.list()).toMatchObject([{ id, site: "ABC", state: "open", closed: 1, waiting: ["P02"], next: [] }]);
  await recoveries.record(ANNA, id, "P02", { state: "done" });
  expect(recoveries.list()[0]?.next).toEqual(expect.arrayContaining(["P10", "P11"]));
});

test("a damaged entry of the ledger counts for nothing, and what came before it is still known", async () => {
  const lines: string[] = [];
  const before = await start(lines);
  const { id } = await before.open(ANNA, OPENING);
  await before.record(ANNA, id, "P01", { state: "done" });
  lines[1] = lines[1]?.replace('"state":"done"', '"state":"perhaps"') ?? "";
  expect((await start(lines)).show(id)).toMatchObject({ state: "open", site: "ABC" });
  expect((await start(lines)).show(id).tasks[0]).toMatchObject({ id: "P01", state: "open", records: [] });
});
