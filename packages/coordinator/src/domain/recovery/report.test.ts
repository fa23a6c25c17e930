import { expect, test } from "vitest";
import type { Recovery, RecoveryTask, TaskRecord } from "./recovery.ts";
import { reportOf, type RecoveryReport } from "./report.ts";

const MINUTE = 60_000;
const words = {
  task: (id: string) => ({ phase: "prepare", title: `task ${id}` }),
  asked: (question: string) => `${question}?`,
  answer: (_: string, answer: unknown) => `"${String(answer)}"`,
};

/** Records of anna: state, minute, and what else was told. */
function task(id: string, ...records: [state: TaskRecord["state"], minute: number, more?: Partial<TaskRecord>][]): RecoveryTask {
  const kept = records.map(([state, minute, more]): TaskRecord => ({ state, at: minute * MINUTE, by: "anna", ...more }));
  return { id, needs: [], state: kept.at(-1)?.state ?? "open", records: kept };
}

function aRecovery(overrides: Partial<Recovery> = {}): Recovery {
  const people = { operator: "anna", lead: "anna", recorder: "anna" };
  const stated = { answers: { trigger: "hardware" }, listVersion: "7", abortWhen: ["the backup cannot be read"] };
  return { id: "r1", site: "ABC", state: "open", openedAt: 0, ...people, ...stated, tasks: [], dropped: [], changes: [], ...overrides };
}

const report = (overrides: Partial<Recovery>, now = 90 * MINUTE): RecoveryReport => reportOf(aRecovery(overrides), words, now);

test("each task has what was planned beside the time in which it was worked on or waited, over all attempts", () => {
  const tasks = [
    task("P01", ["open", 0, { plannedMinutes: 20 }], ["running", 5], ["waiting", 10], ["failed", 20, { reason: "no key" }]),
    task("P02", ["running", 10], ["done", 30]),
    task("P03", ["done", 30]),
  ];
  tasks[0] = task("P01", ...again(tasks[0]), ["running", 60], ["done", 75]);
  const { tasks: told, minutes } = report({ tasks });
  expect(told.map(({ id, plannedMinutes, realMinutes }) => [id, plannedMinutes, realMinutes])).toEqual([
    ["P01", 20, 30],
    ["P02", undefined, 20],
    ["P03", undefined, undefined],
  ]);
  expect(minutes).toEqual({ planned: 20, real: 50, total: 90 });
});

function again(before: RecoveryTask | undefined): [TaskRecord["state"], number, Partial<TaskRecord>][] {
  return (before?.records ?? []).map(({ state, at, ...more }) => [state, at / MINUTE, more]);
}

test("a task that was done before anybody recorded that it had begun took no known time", () => {
  const { tasks } = report({ tasks: [task("P01", ["running", 60], ["done", 61, { doneAt: 12 * MINUTE }])] });
  expect(tasks[0]).not.toHaveProperty("realMinutes");
});

test("what was done on paper is marked so, with who did it and when beside who recorded it and when", () => {
  const { tasks } = report({
    tasks: [task("P01", ["done", 60, { doneBy: "carl", doneAt: 12 * MINUTE, evidence: "form 12", undo: "run 7" }])],
  });
  expect(tasks).toEqual([
    {
      id: "P01",
      phase: "prepare",
      title: "task P01",
      state: "done",
      doneBy: "carl",
      doneAt: 12 * MINUTE,
      recordedAt: 60 * MINUTE,
      recordedBy: "anna",
      onPaper: true,
      evidence: ["form 12"],
      undo: "run 7",
    },
  ]);
});

test("skipped, failed, late and dropped tasks and changed answers are deviations, also where all ended well", () => {
  const { deviations } = report({
    tasks: [
      task("P01", ["failed", 1, { reason: "no key" }], ["done", 2]),
      task("P02", ["skipped", 3, { reason: "no link" }]),
      task("P03", ["running", 3, { plannedMinutes: 5 }], ["done", 13]),
    ],
    dropped: [task("P04", ["done", 4])],
    changes: [
      {
        at: 5,
        by: "ben",
        changed: [
          { question: "link", from: "slow", to: "fast" },
          { question: "lost", from: ["dp"], to: [] },
          { question: "oldServer", to: "gone" },
        ],
        added: [],
        dropped: ["P04"],
      },
    ],
  });
  expect(deviations).toEqual([
    { kind: "failed", task: "P01", what: "P01 failed: no key" },
    { kind: "skipped", task: "P02", what: "P02 skipped: no link" },
    { kind: "late", task: "P03", what: "P03 took 10 minutes, and 5 were planned" },
    { kind: "dropped", task: "P04", what: "P04 is not asked for any more and was done: task P04" },
    { kind: "answers-changed", what: 'ben changed answers: link? "slow" -> "fast"; lost? "dp" -> ""; oldServer? not asked -> "gone"' },
  ]);
});

test("a recovery that was signed as failed names its open tasks and what speaks against the site's numbers as debts", () => {
  const end = { at: 60 * MINUTE, by: "anna", outcome: "failed", signedBy: "dora", losses: ["a week"], signs: ["its epoch is 1"] } as const;
  const tasks = [task("P01", ["done", 1]), task("P02", ["waiting", 2]), task("P03")];
  const { debts, losses, outcome, endedAt, minutes } = report({ state: "finished", tasks, end });
  expect(debts).toEqual(["P02 is waiting: task P02", "P03 is open: task P03", "its epoch is 1"]);
  expect([losses, outcome, endedAt, minutes.total]).toEqual([["a week"], "failed", 60 * MINUTE, 60]);
});

test("who had which part is told, who else worked, and whether it was one person", () => {
  expect(report({ tasks: [task("P01", ["done", 1])] }).people).toEqual({
    lead: "anna",
    operator: "anna",
    recorder: "anna",
    worked: [],
    onePerson: true,
  });
  const end = { at: 9, by: "emil", outcome: "recovered", signedBy: "dora", losses: [], signs: [] } as const;
  const tasks = [task("P01", ["done", 1, { by: "ben", doneBy: "carl" }])];
  expect(report({ recorder: "ben", tasks, end }).people).toEqual({
    lead: "anna",
    operator: "anna",
    recorder: "ben",
    approver: "dora",
    worked: ["carl", "emil"],
    onePerson: false,
  });
});
