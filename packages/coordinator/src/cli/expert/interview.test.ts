import { expect, test } from "vitest";
import { planRecovery, speechOf, type Speech } from "@sitewright/expert";
import { loadKnowledge } from "@sitewright/expert/load";
import { interview } from "./interview.ts";

const knowledge = loadKnowledge();
const speech = speechOf(knowledge, "en") as Speech;

/** Types the given answers at the prompts, and records all output. */
async function interviewed(typed: readonly string[]): Promise<{ answers: Record<string, unknown>; said: string; left: number }> {
  const lines = [...typed];
  const said: string[] = [];
  const answers = await interview(knowledge, speech, {
    say: (text) => void said.push(text),
    ask(prompt) {
      said.push(prompt);
      const line = lines.shift();
      return line === undefined
        ? Promise.reject(new Error(`nothing left to type after ${said.slice(-2).join(" ")}`))
        : Promise.resolve(line);
    },
  });
  return { answers: Object.fromEntries(answers), said: said.join("\n"), left: lines.length };
}

test("questions are asked one after the other, each with its reason, and may be answered by number or by word", async () => {
  const { answers, said, left } = await interviewed(["1", "primary", "4, dp", "slow", "unknown"]);
  expect(answers).toEqual({ trigger: "hardware", siteType: "primary", lost: ["cap", "dp"], link: "slow", secured: "unknown" });
  expect(left).toBe(0);
  expect(said).toContain("What happened?\n  It decides which data can be trusted.");
  expect(said).toContain("   1  a server or its disks failed (hardware)");
  expect(said).not.toContain("Where is the old site server now?");
});

test("an invalid answer is asked for again", async () => {
  const { answers, said } = await interviewed(["the disk", "9", "hardware", "primary", "cap", "fast", "no"]);
  expect(answers).toMatchObject({ trigger: "hardware" });
  expect(said.match(/This is not an answer to the question/g)).toHaveLength(2);
});

test("answers that exclude each other are reported immediately, and one of them is asked again", async () => {
  const { answers, said } = await interviewed(["hardware", "primary", "", "2", "cap", "fast", "no"]);
  expect(said).toContain("These answers exclude each other: when hardware failed, at least one server is lost");
  expect(answers).toEqual({ trigger: "hardware", siteType: "primary", lost: ["cap"], link: "fast", secured: "no" });
});

test("back repeats the previous question, and drops answers that the new answer makes irrelevant", async () => {
  const { answers } = await interviewed([
    "swap",
    "primary",
    "siteServer",
    "off",
    "back",
    "back",
    "back",
    "back",
    "hardware",
    "primary",
    "cap",
    "fast",
    "no",
  ]);
  expect(answers).toEqual({ trigger: "hardware", siteType: "primary", lost: ["cap"], link: "fast", secured: "no" });
});

test("answering unknown everywhere gives a list, the longest of all", async () => {
  const { answers } = await interviewed(Array.from({ length: 26 }, () => "?"));
  const { tasks } = planRecovery(knowledge, new Map(Object.entries(answers) as [string, string][]));
  expect(tasks.length).toBeGreaterThan(90);
});
