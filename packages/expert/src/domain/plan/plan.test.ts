import { expect, test } from "vitest";
import { answersWith } from "../../../test-support/answers.ts";
import { loadKnowledge } from "../../adapters/load.ts";
import { readAnswers } from "../answers/read-answers.ts";
import { planOfAll, planRecovery, type Plan } from "./plan.ts";
import { replan } from "./replan.ts";

const knowledge = loadKnowledge();

function planWith(changes: Parameters<typeof answersWith>[0] = {}): Plan {
  const { answers, faults } = readAnswers(knowledge, answersWith(changes));
  expect(faults).toEqual([]);
  return planRecovery(knowledge, answers);
}

const idsOf = ({ tasks }: Plan): string[] => tasks.map(({ task }) => task.id);
/** A lost primary without a snapshot. */
const NO_SNAPSHOT = {
  backup: "none",
  backupTest: undefined,
  backupAge: undefined,
  settingsChanged: undefined,
  objectsChanged: undefined,
  clientsFromBefore: "yes",
};

test("the list has the 26 questions and 97 tasks of its source, in five phases", () => {
  expect(knowledge.questions).toHaveLength(26);
  expect(idsOf(planOfAll(knowledge))).toHaveLength(97);
  expect(
    Object.fromEntries(
      Object.entries(Object.groupBy(knowledge.tasks, ({ phase }) => phase)).map(([phase, tasks]) => [phase, tasks.length]),
    ),
  ).toEqual({
    prepare: 24,
    rebuild: 11,
    restore: 18,
    repair: 30,
    verify: 14,
  });
});

test("a lost primary with a snapshot is restored from it, and its numbers are raised before anything is sent", () => {
  const ids = idsOf(planWith());
  expect(ids.filter((id) => id.startsWith("R"))).toEqual([
    "R01",
    "R02",
    "R03",
    "R05",
    "R06",
    "R07",
    "R09",
    "R13",
    "R15",
    "R16",
    "R17",
    "R18",
  ]);
  for (const raising of ["S01", "S02", "S03", "S04"]) expect(ids.indexOf(raising)).toBeLessThan(ids.indexOf("S07"));
  expect(ids.indexOf("S07")).toBeLessThan(ids.indexOf("S12"));
});

test("without a snapshot the site is seeded from its neighbours, and clients lose what they cached of the old one", () => {
  const ids = idsOf(planWith(NO_SNAPSHOT));
  expect(ids).toEqual(expect.arrayContaining(["R10", "S10", "S25"]));
  expect(ids).not.toContain("R05");
});

test("a secondary site without a snapshot ends with its packages and advertisements being redistributed", () => {
  const ids = idsOf(planWith({ ...NO_SNAPSHOT, siteType: "secondary", children: undefined, source: undefined }));
  expect(ids).toEqual(expect.arrayContaining(["B06", "S19"]));
  expect(ids).not.toContain("S02");
});

test("lone site systems are a short list without a restore", () => {
  const { answers } = readAnswers(knowledge, [
    { question: "trigger", value: "hardware", line: 1 },
    { question: "siteType", value: "primary", line: 2 },
    { question: "lost", value: ["cap"], line: 3 },
    { question: "link", value: "slow", line: 4 },
    { question: "secured", value: "no", line: 5 },
  ]);
  expect(idsOf(planRecovery(knowledge, answers))).toEqual(["P01", "P02", "P22", "P23", "B08", "S20", "S21", "V04", "V05", "V12", "V14"]);
});

test("a new server name ends the list: later tasks would restore into a site that does not exist", () => {
  const plan = planWith({ names: "newServerName" });
  expect(idsOf(plan)).toEqual(["P01", "P02", "P03"]);
  expect(plan.losses).toEqual([]);
});

test("needs name only tasks that are in the list", () => {
  const { tasks } = planWith();
  expect(tasks.find(({ task }) => task.id === "S12")?.needs).toEqual(["S02", "S03", "S07", "S10"]);
  expect(tasks.find(({ task }) => task.id === "B07")?.needs).toEqual(["B01", "B02"]);
});

test("losses state the worse case if there is nothing to restore", () => {
  const worse = (plan: Plan): boolean | undefined => plan.losses.find(({ loss }) => loss.id === "settings")?.worse;
  expect(worse(planWith())).toBe(false);
  expect(worse(planWith(NO_SNAPSHOT))).toBe(true);
  expect(worse(planWith({ backupTest: "unknown", clientsFromBefore: "no" }))).toBe(true);
});

test("an unknown answer gives the tasks of every possible answer, and marks those that may be dropped", () => {
  const plan = planWith({ accounts: "unknown" });
  expect(idsOf(plan)).toEqual([...new Set([...idsOf(planWith()), ...idsOf(planWith({ accounts: "recreated" }))])].toSorted(byPosition));
  expect(plan.tasks.filter(({ certain }) => !certain).map(({ task }) => task.id)).toEqual(["B05", "R14", "S23"]);
});

test("answers that contradict the others are not among those that an unknown answer could be", () => {
  // A standalone site has no parent, and a central one neither.
  const plan = planWith({ siteType: "unknown", children: ["up"] });
  expect(idsOf(plan)).not.toContain("P15");
});

test("what follows from unknown answers is marked as maybe", () => {
  const { derived } = planWith({ backupTest: "unknown", clientsFromBefore: "no" });
  expect([derived.get("SITE"), derived.get("BK"), derived.get("SEC")]).toEqual(["yes", "maybe", "no"]);
});

test("new answers keep the evidence of finished tasks, and each difference is reported", () => {
  const before = planWith();
  const evidence = new Map([
    ["P01", "opened by R. Miller"],
    ["R05", "keys imported"],
  ]);
  const after = planWith({ ...NO_SNAPSHOT, backup: "partial", backupTest: "failed", backupAge: "3" });
  const { kept, added, dropped } = replan(idsOf(before), evidence, after);
  expect(kept).toContainEqual({ id: "P01", evidence: "opened by R. Miller" });
  expect(added.map(({ id }) => id)).toEqual(["R10", "S25"]);
  expect(dropped).toContainEqual({ id: "R05", evidence: "keys imported" });
  expect(dropped.map(({ id }) => id)).toEqual(["R03", "R05", "R06", "R07", "R09", "R17", "S11"]);
  const back = replan(idsOf(after), evidence, before);
  expect(back.added).toContainEqual({ id: "R05", evidence: "keys imported" });
});

function byPosition(a: string, b: string): number {
  const order = knowledge.tasks.map(({ id }) => id);
  return order.indexOf(a) - order.indexOf(b);
}
