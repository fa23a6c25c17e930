import { expect, test } from "vitest";
import { SitewrightError, type RunTotals } from "@sitewright/protocol";
import { loadKnowledge } from "@sitewright/expert/load";
import { LOST_PRIMARY } from "../../../../expert/test-support/answers.ts";
import { ANNA } from "../../../test-support/fakes.ts";
import { memoryCopy, memoryLines, startLedger } from "../../../test-support/memory-ledger.ts";
import { silent } from "../../../test-support/redis/redis-fixture.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Run } from "../../domain/runs/run.ts";
import { createRecoveries } from "./recoveries.ts";
import { createRecoveryBook } from "./recovery-book.ts";
import { createRecoveryWork, type RecoveryWorkDeps } from "./recovery-work.ts";

const RUN = { id: "r1", kind: "verify", state: "running", createdAt: 1 } as Run;
const ended = { ...RUN, state: "failed", endedAt: 2 } as Run;

/** An open recovery in which everything before this task is closed. @param record Of its ledger. */
async function openedUpTo(task: string, record: Ledger["record"]) {
  const book = createRecoveryBook({ ledger: { record }, onChange: () => undefined, log: silent });
  const nothing = () => Promise.resolve();
  const recoveries = createRecoveries({
    book,
    loadKnowledge,
    requireSite: nothing,
    signsOf: () => Promise.resolve([]),
    onHeld: nothing,
    newId: () => "abc",
    clock: Date.now,
  });
  const { tasks } = await recoveries.open(ANNA, { site: "ABC", answers: LOST_PRIMARY });
  const before = tasks.findIndex(({ id }) => id === task);
  for (const { id } of tasks.slice(0, before)) await recoveries.record(ANNA, "abc", id, { state: "done" });
  return { book, recoveries };
}

type Use = Pick<RecoveryWorkDeps, "book" | "recoveries" | "operations" | "live" | "clock" | "log">;
const OTHERS = {} as Omit<RecoveryWorkDeps, keyof Use>;

/** A recovery whose task V04 a run does, and what that run is from now on. */
async function verifying() {
  const ledger = await startLedger(memoryLines(), memoryCopy());
  let isFull = false;
  let refused = 0;
  const record: typeof ledger.record = (...entry) => {
    if (!isFull) return ledger.record(...entry);
    refused += 1;
    return Promise.reject(new SitewrightError("IO_ERROR", "no space left"));
  };
  const { book, recoveries } = await openedUpTo("V04", record);
  let run: Run | undefined = RUN;
  let away: string[] = [];
  let noticed: Parameters<RecoveryWorkDeps["live"]["subscribe"]>[0] = () => undefined;
  const operations = {
    start: () => Promise.resolve(RUN),
    run(id: string) {
      if (!run) return Promise.reject(new SitewrightError("NOT_FOUND", `there is no run ${id}`));
      const totals = { units: 2, failed: 2, unreachable: away } as unknown as RunTotals;
      return Promise.resolve({ run, totals, phases: [], sequence: 1 });
    },
  };
  const live: RecoveryWorkDeps["live"] = {
    subscribe(listener) {
      noticed = listener;
      return () => undefined;
    },
  };
  const work = createRecoveryWork({ ...OTHERS, book, recoveries, operations, live, clock: Date.now, log: silent });
  await work.perform(ANNA, "abc", "V04", {});
  return {
    work,
    task: () => recoveries.show("abc").tasks.find(({ id }) => id === "V04"),
    fill: (full: boolean) => void (isFull = full),
    refused: () => refused,
    lose: () => void (run = undefined),
    end(unreachable: string[] = []) {
      [run, away] = [ended, unreachable];
      noticed({ type: "run", run: ended } as Parameters<typeof noticed>[0]);
    },
  };
}

test("an end that could not be recorded, as on a full disk, is recorded as soon as that is possible again", async () => {
  const { work, task, fill, refused, end } = await verifying();
  fill(true);
  end();
  await expect.poll(refused).toBe(1);
  await work.recordLate();
  expect(refused()).toBe(2);
  expect(task()).toMatchObject({ state: "running" });
  fill(false);
  await work.recordLate();
  expect(task()).toMatchObject({ state: "failed", records: [{ state: "running" }, { reason: "run r1 is failed" }] });
  await work.recordLate();
  expect(task()?.records).toHaveLength(2);
});

test("an end that names thousands of systems is recorded, with as much of them as the ledger takes", async () => {
  const { work, task, end } = await verifying();
  end(Array.from({ length: 5_000 }, (_, i) => `SYSTEM${i}`));
  await work.recordLate();
  await expect.poll(() => task()?.state).toBe("failed");
  expect(task()?.records.at(-1)?.evidence).toMatch(/SYSTEM0, SYSTEM1.* \.\.\. \(\d+ characters more\)$/);
});

test("a run whose record is lost fails its task at the next start, and the task can be done again", async () => {
  const { work, task, lose } = await verifying();
  await expect(work.perform(ANNA, "abc", "V04", {})).rejects.toThrow("V04 runs already: run r1 has not ended");
  lose();
  await work.resume();
  expect(task()).toMatchObject({ state: "failed", records: [{ state: "running" }, { evidence: "the record of run r1 is lost" }] });
});

test.each([
  ["closes when everything is above what was seen", [], [], "done"],
  [
    "waits for a person while a package states an earlier version than was seen",
    [{ kind: "package", id: "ABC00001", finding: "changed" }],
    [],
    "waiting",
  ],
  ["waits for a person while a system that may hold a higher one was not reached", [], ["SRVSEC"], "waiting"],
  [
    "closes although something made since is to be decided about, which is another task",
    [{ kind: "package", id: "ABC00009", finding: "made" }],
    [],
    "done",
  ],
])("the task that raises serials and source versions %s", async (_, findings, unreached, state) => {
  const ledger = await startLedger(memoryLines(), memoryCopy());
  const { book, recoveries } = await openedUpTo("S02", (...entry) => ledger.record(...entry));
  const serials = { apply: async () => ({ site: "ABC", signs: [], epoch: 2, proposals: [] }) };
  const objects = { plan: async () => ({ site: "ABC", findings, unreached }) };
  const work = createRecoveryWork({
    ...OTHERS,
    book,
    recoveries,
    serials,
    objects,
    live: { subscribe: () => () => {} },
    clock: Date.now,
    log: silent,
  } as unknown as RecoveryWorkDeps);
  const { tasks } = await work.perform(ANNA, "abc", "S02", { confirmed: true });
  expect(tasks.find(({ id }) => id === "S02")).toMatchObject({
    state,
    records: [{ evidence: expect.stringMatching(/^epoch 2/) as string }],
  });
});
