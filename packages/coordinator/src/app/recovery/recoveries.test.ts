import { expect, test } from "vitest";
import { loadKnowledge } from "@sitewright/expert/load";
import { LOST_PRIMARY } from "../../../../expert/test-support/answers.ts";
import { ANNA, BEN } from "../../../test-support/fakes.ts";
import { memoryCopy, memoryLines, startLedger } from "../../../test-support/memory-ledger.ts";
import { createRecoveries, type Recoveries } from "./recoveries.ts";

const knowledge = loadKnowledge();
const OPENING = { site: "ABC", answers: LOST_PRIMARY, recorder: "ben", abortWhen: ["the backup cannot be read"] };

/** A start of a coordinator on these lines of the ledger. */
async function start(lines: string[], signs: readonly string[] = []): Promise<Recoveries> {
  const ledger = await startLedger(memoryLines(lines), memoryCopy());
  let opened = lines.length;
  const recoveries = createRecoveries({
    ledger,
    knowledge,
    signsOf: () => Promise.resolve(signs),
    newId: () => `r${(opened += 1)}`,
    clock: Date.now,
  });
  await recoveries.load();
  return recoveries;
}

async function closeAll(recoveries: Recoveries, id: string): Promise<void> {
  for (const task of recoveries.find(id).tasks) await recoveries.record(ANNA, id, task.id, { state: "done" });
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
    recoveries.find("ABC").tasks.map(({ records, ...task }) => ({ ...task, records: records.length })),
  );
  expect(now).toEqual(known);
  expect(after.find(id).tasks[0]).toMatchObject({ state: "waiting", records: [{ by: "ben", evidence: "asked dora" }] });
});

test("what was refused left no entry in the ledger and no trace in the recovery", async () => {
  const lines: string[] = [];
  const recoveries = await start(lines, ["its epoch is 1, and 2 was seen"]);
  const { id, tasks } = await recoveries.open(ANNA, OPENING);
  const waits = tasks.find(({ needs }) => needs.length > 0)?.id ?? "";
  const first = tasks[0]?.id ?? "";
  const [kept, before] = [lines.length, recoveries.find(id)];
  const outcome = { outcome: "recovered", signedBy: "dora", losses: [] } as const;
  await expect(recoveries.open(ANNA, OPENING)).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(recoveries.record(ANNA, id, waits, { state: "done" })).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(recoveries.record(ANNA, id, first, { state: "skipped" })).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(recoveries.answer(ANNA, id, { trigger: "hardware" })).rejects.toMatchObject({ code: "ANSWERS_INVALID" });
  await expect(recoveries.finish(ANNA, id, outcome)).rejects.toMatchObject({ code: "CONFLICT" });
  expect(() => recoveries.find("r99")).toThrow("there is no recovery r99");
  expect([lines.length, recoveries.find(id)]).toEqual([kept, before]);
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
  const { kind, details } = JSON.parse(lines.at(-1) ?? "") as { kind: string; details: Record<string, string> };
  expect([kind, details["dropped"]]).toEqual(["recovery-answered", after.dropped.map((task) => task.id).join(" ")]);
});

test("a recovery whose entry cannot be written down is not opened", async () => {
  const lines = { ...memoryLines(), append: () => Promise.reject(new Error("full")) };
  const ledger = await startLedger(lines);
  const recoveries = createRecoveries({ ledger, knowledge, signsOf: () => Promise.resolve([]), newId: () => "r1", clock: Date.now });
  await expect(recoveries.open(ANNA, OPENING)).rejects.toThrow("full");
  expect(recoveries.list()).toEqual([]);
});
