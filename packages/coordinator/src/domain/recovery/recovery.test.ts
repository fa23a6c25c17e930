import { expect, test } from "vitest";
import { isOnePerson, openRecoveryOf, refusalOfTask, remainsBefore, standingOf, type Recoveries, type Recovery } from "./recovery.ts";
import { afterRecoveryEntry, type Told } from "./recovery-entries.ts";

const BY = { name: "anna", proof: "session", address: "127.0.0.1" };
const TASKS = [
  { id: "P01", needs: [] },
  { id: "P02", needs: ["P01"] },
  { id: "R01", needs: ["P02"] },
];

function entry(kind: string, details: Record<string, string>, at = 1000): Told {
  return { kind, at, by: BY, about: { site: "ABC" }, details: { recovery: "r1", ...details } };
}

const opened = entry("recovery-opened", {
  id: "r1",
  lead: "anna",
  recorder: "ben",
  answers: '{"trigger":"hardware"}',
  listVersion: "7",
  abortWhen: '["the backup cannot be read"]',
  tasks: JSON.stringify(TASKS),
});
const task = (id: string, state: string, more: Record<string, string> = {}) => entry("recovery-task", { task: id, state, ...more }, 2000);

function told(...entries: Told[]): Recoveries {
  return entries.reduce<Recoveries>(afterRecoveryEntry, new Map());
}

function one(...entries: Told[]): Recovery {
  const recovery = told(opened, ...entries).get("r1");
  if (!recovery) throw new Error("there is no recovery r1");
  return recovery;
}

const states = ({ tasks }: Recovery) => tasks.map(({ id, state }) => `${id} ${state}`);

test("opening a recovery fixes its site, people, answers, abort criteria and tasks", () => {
  expect(one()).toEqual({
    id: "r1",
    site: "ABC",
    state: "open",
    openedAt: 1000,
    operator: "anna",
    lead: "anna",
    recorder: "ben",
    answers: { trigger: "hardware" },
    listVersion: "7",
    abortWhen: ["the backup cannot be read"],
    tasks: TASKS.map((listed) => ({ ...listed, state: "open", records: [] })),
    dropped: [],
    changes: [],
  });
});

test("a task keeps everything that was recorded of it, and work on paper keeps who did it and when", () => {
  const paper = task("P01", "done", { doneBy: "carl", doneAt: "1500", evidence: "form 12", plannedMinutes: "30" });
  expect(one(task("P01", "running"), paper).tasks[0]).toMatchObject({
    state: "done",
    records: [
      { state: "running", at: 2000, by: "anna" },
      { state: "done", at: 2000, by: "anna", doneBy: "carl", doneAt: 1500, evidence: "form 12", plannedMinutes: 30 },
    ],
  });
});

test.each([
  ["is done before what it needs", [], "P02", { state: "done" }, "P02 needs P01 (open) first"],
  ["is done after its need failed", [task("P01", "failed")], "P02", { state: "done" }, "P02 needs P01 (failed) first"],
  ["is skipped without a reason", [], "P01", { state: "skipped", reason: " " }, "a task that is skipped needs a reason"],
  ["failed without a reason", [], "P01", { state: "failed" }, "a task that is failed needs a reason"],
  ["is done in the future", [], "P01", { state: "done", doneAt: 9000 }, "P01 cannot have been done later than now"],
  ["is not of the recovery", [], "X99", { state: "done" }, "the recovery r1 has no task X99; it has: P01, P02, R01"],
  [
    "is of an ended recovery",
    [entry("recovery-abandoned", {})],
    "P01",
    { state: "done" },
    "the recovery r1 is abandoned: what was signed stays as it is",
  ],
] as const)("a task that %s is refused", (_, entries, id, record, refusal) => {
  expect(refusalOfTask(one(...entries), id, { at: 3000, ...record })).toBe(refusal);
});

test.each(["done", "not-needed", "skipped"])("a task may be done once what it needs is %s", (state) => {
  expect(refusalOfTask(one(task("P01", state)), "P02", { at: 3000, state: "done" })).toBeUndefined();
});

test("changed answers keep what was recorded, also of a task that goes and comes back", () => {
  const fewer = entry("recovery-answered", { answers: '{"trigger":"plan"}', listVersion: "7", tasks: JSON.stringify(TASKS.slice(1)) });
  const more = entry("recovery-answered", { answers: '{"trigger":"hardware"}', listVersion: "7", tasks: JSON.stringify(TASKS) });
  const without = one(task("P01", "done"), fewer);
  expect([states(without), without.dropped.map(({ id, state }) => [id, state])]).toEqual([["P02 open", "R01 open"], [["P01", "done"]]]);
  const again = one(task("P01", "done"), fewer, more);
  expect([states(again), again.dropped]).toEqual([["P01 done", "P02 open", "R01 open"], []]);
  const trigger = (from: string, to: string) => [{ question: "trigger", from, to }];
  expect(again.changes).toEqual([
    { at: 1000, by: "anna", changed: trigger("hardware", "plan"), added: [], dropped: ["P01"] },
    { at: 1000, by: "anna", changed: trigger("plan", "hardware"), added: ["P01"], dropped: [] },
  ]);
});

test("a recovery ends as recovered only with every task closed and no signs left, and with losses only where they are named", () => {
  const closed = [task("P01", "done"), task("P02", "skipped", { reason: "no link" }), task("R01", "not-needed")];
  expect(remainsBefore(one(), "recovered", [], [])).toEqual(["P01 is open", "P02 is open", "R01 is open"]);
  expect(remainsBefore(one(...closed), "recovered", [], ["its epoch is 1, and 2 was seen"])).toEqual(["its epoch is 1, and 2 was seen"]);
  expect(remainsBefore(one(...closed), "recovered", [], [])).toEqual([]);
  expect(remainsBefore(one(...closed), "with-losses", [], [])).toEqual(["no loss is named"]);
  expect(remainsBefore(one(...closed), "with-losses", ["inventory of a week"], [])).toEqual([]);
  expect(remainsBefore(one(), "failed", [], [])).toEqual([]);
});

test("nothing that comes after the end changes a recovery, and its site can be recovered again", () => {
  const end = entry("recovery-finished", { outcome: "with-losses", signedBy: "dora", losses: '["a week"]' }, 3000);
  const ended = one(end);
  expect(ended.end).toEqual({ at: 3000, by: "anna", outcome: "with-losses", signedBy: "dora", losses: ["a week"], signs: [] });
  expect(one(end, task("P01", "done"), entry("recovery-abandoned", { reason: "late" }))).toEqual(ended);
  expect(openRecoveryOf(told(opened), "ABC")?.id).toBe("r1");
  expect(openRecoveryOf(told(opened, end), "ABC")).toBeUndefined();
});

test.each([
  ["none", [], undefined],
  ["an open one", [opened], "open"],
  ["an abandoned one", [opened, entry("recovery-abandoned", {})], "abandoned"],
  ["one that failed", [opened, entry("recovery-finished", { outcome: "failed" })], "failed"],
  ["one with losses", [opened, entry("recovery-finished", { outcome: "with-losses", losses: '["a week"]' })], "recovered"],
  [
    "one that failed and an open one after it",
    [opened, entry("recovery-finished", { outcome: "failed" }), { ...opened, details: { ...opened.details, id: "r2" } }],
    "open",
  ],
] as const)("a site with %s stands so for the sites that follow it", (_, entries, standing) => {
  expect(standingOf(told(...entries), "ABC")).toBe(standing);
});

test("one person in all parts is told as one, and a second signature as two", () => {
  const alone = { ...one(), recorder: "anna" };
  const signed = (signedBy: string) => isOnePerson({ ...alone, end: { at: 1, by: "anna", signedBy, losses: [], signs: [] } });
  expect([signed("anna"), signed("dora"), isOnePerson(one())]).toEqual([true, false, false]);
});

test("entries of other kinds, and of recoveries that were not opened, change nothing", () => {
  const before = told(opened);
  expect(afterRecoveryEntry(before, entry("run-started", {}))).toBe(before);
  expect(afterRecoveryEntry(before, task("P01", "done", { recovery: "r9" }))).toBe(before);
});
