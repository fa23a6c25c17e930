import { speechOf, type Answer, type Answers } from "@sitewright/expert";
import { builtInKnowledge } from "@sitewright/expert/knowledge";
import { expect, test } from "vitest";
import { answersFile, interviewOf, restoredAnswers, takeAnswers } from "./interview.ts";

const knowledge = builtInKnowledge();
const speech = speechOf(knowledge, "en");
if (!speech) throw new Error("English is a language of the list");

const given = (answers: Record<string, Answer>): Answers => new Map(Object.entries(answers));
const after = (answers: Record<string, Answer>) => interviewOf(knowledge, given(answers));
const ids = (list: readonly { id: string }[]): string[] => list.map(({ id }) => id);

/** Client access points of a primary site are lost, and nothing else. */
const CAP = { trigger: "hardware", siteType: "primary", lost: ["cap"], link: "slow", secured: "no" };

test("the answered questions are shown in the order of the list, and the next one", () => {
  expect(ids(after({}).questions)).toEqual(["trigger"]);
  expect(ids(after({ siteType: "primary", trigger: "hardware" }).questions)).toEqual(["trigger", "siteType", "lost"]);
  expect(ids(after(CAP).questions)).toEqual(Object.keys(CAP));
});

test("the list is complete when every relevant question is answered, and only then no task is marked as uncertain", () => {
  const { complete, plan } = after(CAP);
  expect(complete).toBe(true);
  expect(plan.tasks.every(({ certain }) => certain)).toBe(true);
  expect(after({ trigger: "hardware" })).toMatchObject({ complete: false });
});

test("an unanswered question counts as unknown: no answer to it adds a task", () => {
  const before = new Set(after({ trigger: "hardware", siteType: "primary" }).plan.tasks.map(({ task }) => task.id));
  for (const lost of [["cap"], ["siteServer"], ["dp"], ["siteServer", "database"]]) {
    const tasks = after({ trigger: "hardware", siteType: "primary", lost }).plan.tasks.map(({ task }) => task.id);
    expect(tasks.filter((id) => !before.has(id))).toEqual([]);
  }
});

test("an answer that another one made irrelevant does not count, and is there again when its question is asked again", () => {
  const answers = { ...CAP, lost: ["siteServer"], oldServer: "gone", backup: "complete", backupTest: "yes" };
  expect(after(answers).answers.get("backupTest")).toBe("yes");
  expect(after({ ...answers, backup: "none" }).answers.has("backupTest")).toBe(false);
  expect(after({ ...answers, lost: [], trigger: "reinstall" }).answers.get("backupTest")).toBe("yes");
});

test("answers that exclude each other give no task, and name their two questions", () => {
  const { contradictions, complete, plan, questions } = after({ ...CAP, siteType: "secondary", lost: ["database"] });
  expect(contradictions.map(({ code, questions: pair }) => [code, ...pair])).toEqual([["SECONDARY_WITH_DATABASE", "siteType", "lost"]]);
  expect(ids(questions)).toEqual(expect.arrayContaining(["siteType", "lost"]));
  expect({ complete, tasks: plan.tasks }).toEqual({ complete: false, tasks: [] });
});

test("saved answers are those that count, in the order of the questions, with sets as lists", () => {
  const { answers } = interviewOf(knowledge, given({ backupTest: "yes", ...Object.fromEntries(Object.entries(CAP).toReversed()) }));
  expect(JSON.parse(answersFile(answers))).toEqual(CAP);
  expect([...answers.keys()]).toEqual(Object.keys(CAP));
});

test("stored answers are restored, without those that this version's list does not know", () => {
  const lost: readonly string[] = [];
  const kept = { trigger: "swap", lost, downDays: 2.5, children: ["none"], parent: "unknown", metering: "purple", shoes: "brown" };
  expect(Object.fromEntries(restoredAnswers(knowledge, JSON.stringify(kept)))).toEqual({
    trigger: "swap",
    lost: [],
    downDays: 2.5,
    children: ["none"],
    parent: "unknown",
  });
  for (const text of [null, "", "null", "[1]", "{", '"trigger"']) expect(restoredAnswers(knowledge, text).size).toBe(0);
});

test("answers from a file are also accepted if some are missing, and refused with file and line if one is wrong", () => {
  const take = (answers: Record<string, string | string[]>) =>
    takeAnswers(
      knowledge,
      Object.entries(answers).map(([question, value], index) => ({ question, value, line: index + 1 })),
      { name: "cap.yaml", speech },
    );
  expect(take({ trigger: "hardware", siteType: "primary" })).toEqual({ answers: given({ trigger: "hardware", siteType: "primary" }) });
  expect(take({ trigger: "hardware", siteTipe: "primary" })).toEqual({
    faults: ['cap.yaml:2: there is no question "siteTipe": did you mean "siteType"?'],
  });
  expect(take({ trigger: "hardware", siteType: "secondary", children: ["up"] })).toEqual({
    faults: ["cap.yaml: These answers exclude each other: siteType, children: a secondary site has no child sites"],
  });
});
