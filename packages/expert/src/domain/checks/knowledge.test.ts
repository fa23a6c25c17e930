import { expect, test } from "vitest";
import { loadKnowledge } from "../../adapters/load.ts";
import { readAnswers } from "../answers/read-answers.ts";
import { PHASES } from "../knowledge.ts";
import { planRecovery } from "../plan/plan.ts";
import { randomAnswers, seeded } from "./sample.ts";
import { checkWorlds } from "./worlds.ts";

const knowledge = loadKnowledge();
const CASES = 20_000;
/** Seconds of computing, on a machine that others use too. */
const LONG = { timeout: 300_000 };

test(`every rule of the list holds in ${CASES} random cases`, LONG, () => {
  expect(checkWorlds(knowledge, CASES, 13)).toEqual([]);
});

test(`in ${CASES} cases, some with unknown answers, each list is in order: phase by phase, and after what it needs`, LONG, () => {
  const random = seeded(26);
  const wrong: unknown[] = [];
  for (let tried = 0; tried < CASES; tried++) {
    const answers = randomAnswers(knowledge, random, tried % 2 === 0 ? 0 : 0.1);
    const { tasks } = planRecovery(knowledge, answers);
    const done = new Set<string>();
    let phase = 0;
    for (const { task, needs } of tasks) {
      const at = PHASES.indexOf(task.phase);
      if (at < phase || !needs.every((id) => done.has(id))) wrong.push([task.id, Object.fromEntries(answers)]);
      phase = at;
      done.add(task.id);
    }
    if (!done.has("P01") || !done.has("P02")) wrong.push(["begins", Object.fromEntries(answers)]);
  }
  expect(wrong).toEqual([]);
});

test("random answers are complete: the reader of files accepts all of them", () => {
  const random = seeded(97);
  for (let tried = 0; tried < 500; tried++) {
    const answers = randomAnswers(knowledge, random);
    const raw = [...answers].map(([question, value]) => ({ question, value: typeof value === "number" ? String(value) : value, line: 1 }));
    expect(readAnswers(knowledge, raw)).toEqual({ answers, faults: [], contradictions: [] });
  }
});
