import { expect, test } from "vitest";
import { answersWith } from "../../../test-support/answers.ts";
import { loadKnowledge } from "../../adapters/load.ts";
import { nextQuestion } from "./next-question.ts";
import { readAnswers } from "./read-answers.ts";

const knowledge = loadKnowledge();
const faultsOf = (changes: Parameters<typeof answersWith>[0]): string[] =>
  readAnswers(knowledge, answersWith(changes)).faults.map(({ message }) => message);

test("complete answers are read in the order of the questions, numbers as numbers and sets as lists", () => {
  const { answers, faults, contradictions } = readAnswers(knowledge, answersWith({ lost: ["dp", "siteServer"] }));
  expect(faults).toEqual([]);
  expect(contradictions).toEqual([]);
  expect([...answers.keys()].slice(0, 3)).toEqual(["trigger", "siteType", "lost"]);
  expect(answers.get("lost")).toEqual(["siteServer", "dp"]);
  expect(answers.get("backupAge")).toBe(3);
});

test("a set with one value may be written as a word", () => {
  expect(readAnswers(knowledge, answersWith({ children: "up" })).answers.get("children")).toEqual(["up"]);
});

test("nothing has a default: each relevant question without an answer is named, with its answers", () => {
  expect(faultsOf({ oldServer: undefined, link: undefined })).toEqual([
    "oldServer is not answered: write gone, off, stillRunning or unknown",
    "link is not answered: write fast, slow, mediaOnly or unknown",
  ]);
});

test("an answer to an irrelevant question is refused, with the condition under which it is asked", () => {
  expect(faultsOf({ sharedSql: "no" })).toEqual(["sharedSql is not asked with these answers, only when DB: leave it out"]);
});

test("that a standalone site has neither parent nor children may be stated or left out", () => {
  const said = readAnswers(knowledge, answersWith({ siteType: "standalone", parent: "none", children: ["none"] }));
  const leftOut = readAnswers(knowledge, answersWith({ siteType: "standalone", parent: undefined, children: undefined }));
  expect(said.faults).toEqual([]);
  expect(said).toEqual(leftOut);
});

test.each([
  [{ triger: "hardware" }, 'there is no question "triger": did you mean "trigger"?'],
  [{ names: "sane" }, 'names: "sane" is not an answer: write same, newServerName, newCode or unknown'],
  [{ names: ["same"] }, "names: one answer is wanted, not a list: write same, newServerName, newCode or unknown"],
  [
    { lost: ["siteServer", "tape"] },
    'lost: "tape" is not an answer: write a list of siteServer, database, provider, cap, logonPoint, dp; or unknown',
  ],
  [{ lost: ["siteServer", "unknown"] }, 'lost: "unknown" cannot stand with others in a list: write a list of'],
  [{ children: ["none", "up"] }, 'children: "none" excludes the others: write a list of'],
  [{ children: [] }, 'children: the list is empty ("none" says that there are none): write a list of'],
  [{ downDays: "two" }, 'downDays: "two" is not a number of days: write a number of days or unknown'],
  [{ downDays: "-1" }, 'downDays: "-1" is not a number of days: write a number of days or unknown'],
  [{ backupAge: "1e9" }, 'backupAge: "1e9" is not a number of days: write a number of days or unknown'],
])("%j is refused with the fault and what to write, and nothing else is", (changes, message) => {
  expect(faultsOf(changes)).toEqual([expect.stringContaining(message)]);
});

test("all faults are reported together, each with its line", () => {
  const { faults } = readAnswers(knowledge, answersWith({ names: "sane", link: "slwo", secured: undefined }));
  expect(faults.map(({ line }) => line)).toEqual([12, 21, 0]);
});

test("the reference site is a site code, or none", () => {
  const central = { siteType: "central", parent: undefined };
  expect(faultsOf({ ...central, reference: "XYZ" })).toEqual([]);
  expect(faultsOf({ ...central, reference: "none" })).toEqual([]);
  expect(faultsOf({ ...central, reference: "the big one" })).toEqual([
    'reference: "the big one" is not an answer: write a site code, none or unknown',
  ]);
});

test.each([
  ["SECONDARY_WITH_CHILDREN", { siteType: "secondary", children: ["up"] }],
  ["SECONDARY_WITH_DATABASE", { siteType: "secondary", lost: ["database"], children: undefined }],
  ["SECONDARY_WITH_PROVIDER", { siteType: "secondary", lost: ["provider"], children: undefined }],
  ["STANDALONE_WITH_PARENT", { siteType: "standalone", parent: "up", children: undefined }],
  ["STANDALONE_WITH_CHILDREN", { siteType: "standalone", parent: undefined }],
  ["CENTRAL_WITH_PARENT", { siteType: "central", reference: "none" }],
  ["SWAP_WITHOUT_BACKUP", { trigger: "swap", backup: "none", oldServer: "off" }],
  ["SWAP_WITHOUT_OLD_SERVER", { trigger: "swap", oldServer: "gone" }],
  ["HARDWARE_WITHOUT_LOSS", { trigger: "hardware", lost: [] }],
])("%s: answers that exclude each other are named by the stable code, without the faults that follow from them", (code, changes) => {
  const { contradictions, faults } = readAnswers(knowledge, answersWith(changes));
  expect(contradictions.map((contradiction) => contradiction.code)).toEqual([code]);
  expect(faults).toEqual([]);
});

test("asking one question after the other leads to complete answers, and asks nothing twice", () => {
  const given = new Map(answersWith().map(({ question, value }) => [question, value]));
  const answers = new Map();
  for (let next = nextQuestion(knowledge, answers); next && "question" in next; next = nextQuestion(knowledge, answers)) {
    expect(given.has(next.question.id)).toBe(true);
    answers.set(next.question.id, given.get(next.question.id));
  }
  expect(new Set(answers.keys())).toEqual(new Set(given.keys()));
});

test("a contradiction is reported as soon as the second of its answers is given", () => {
  expect(
    nextQuestion(
      knowledge,
      new Map<string, string | string[]>([
        ["trigger", "hardware"],
        ["siteType", "primary"],
        ["lost", []],
      ]),
    ),
  ).toMatchObject({
    contradiction: { code: "HARDWARE_WITHOUT_LOSS", questions: ["trigger", "lost"] },
  });
});
