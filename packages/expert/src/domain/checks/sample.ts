import { answerInOrder, contradictionsIn, type Answer, type Answers } from "../case.ts";
import { UNKNOWN, type Knowledge, type Question } from "../knowledge.ts";

/** A number from 0 up to 1, the same sequence for the same seed. */
export type Random = () => number;

/** Mulberry32: small, and good enough to choose cases. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Complete random answers without contradictions. `unknown`: the share of questions answered so. */
export function randomAnswers(knowledge: Knowledge, random: Random, unknown = 0): Answers {
  for (;;) {
    const answers = answerInOrder(knowledge, (question) => (random() < unknown ? UNKNOWN : randomAnswer(question, random)));
    if (contradictionsIn(knowledge, answers).length === 0) return answers;
  }
}

function randomAnswer({ kind, values, alone }: Question, random: Random): Answer {
  const pick = (words: readonly string[]): string => words[Math.floor(random() * words.length)] ?? UNKNOWN;
  if (kind === "number") return Math.floor(random() * 60);
  if (kind === "site") return random() < 0.5 ? "XYZ" : pick(values);
  if (kind === "one") return pick(values);
  const chosen = values.filter((value) => value !== alone && random() < 0.4);
  return alone !== undefined && chosen.length === 0 ? [alone] : chosen;
}
