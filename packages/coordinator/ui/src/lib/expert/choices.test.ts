import { speechOf, type Answer } from "@sitewright/expert";
import { builtInKnowledge } from "@sitewright/expert/knowledge";
import { expect, test } from "vitest";
import { choicesOf, chosen, isChosen, typed, typedText } from "./choices.ts";

const knowledge = builtInKnowledge();
const speech = speechOf(knowledge, "en");

function question(wanted: string) {
  const found = knowledge.questions.find(({ id }) => id === wanted);
  if (!found) throw new Error(`there is no question ${wanted}`);
  return found;
}

const choices = (id: string) => (speech ? choicesOf(question(id), speech) : []);
const choose = (id: string, before: Answer | undefined, value: string, on = true) => chosen(question(id), before, { value, on });

test("every question can be answered by unknown, which comes last", () => {
  for (const { id } of knowledge.questions) expect(choices(id).at(-1)).toEqual({ value: "unknown", label: "unknown" });
});

test("a choice replaces the one before it", () => {
  expect(choose("trigger", "hardware", "swap")).toBe("swap");
  expect(choose("trigger", "hardware", "unknown")).toBe("unknown");
});

test("choices of a set add up in the order of the list, and unknown replaces them", () => {
  expect(choose("lost", undefined, "dp")).toEqual(["dp"]);
  expect(choose("lost", ["dp"], "cap")).toEqual(["cap", "dp"]);
  expect(choose("lost", ["cap", "dp"], "cap", false)).toEqual(["dp"]);
  expect(choose("lost", ["cap", "dp"], "unknown")).toBe("unknown");
  expect(choose("lost", "unknown", "cap")).toEqual(["cap"]);
});

test("a set is empty only when that was chosen: nothing ticked is not an answer", () => {
  const none = choices("lost").find(({ label }) => label === "none")?.value ?? "missing";
  expect(choose("lost", ["dp"], none)).toEqual([]);
  expect(choose("lost", ["dp"], "dp", false)).toBeUndefined();
  expect([isChosen([], none), isChosen(undefined, none), isChosen(["dp"], none)]).toEqual([true, false, false]);
  expect(choose("lost", [], "cap")).toEqual(["cap"]);
});

test("a value of a set that means none excludes the others", () => {
  expect(choices("children").filter(({ label }) => label === "none")).toHaveLength(0);
  expect(choose("children", ["up"], "none")).toEqual(["none"]);
  expect(choose("children", ["none"], "up")).toEqual(["up"]);
});

test("a number of days and the code of a site are typed, and appear in their field again", () => {
  expect([typed(question("downDays"), " 2.5 "), typed(question("downDays"), "soon")]).toEqual([2.5, undefined]);
  expect([typed(question("reference"), "xyz"), typed(question("reference"), "x-1")]).toEqual(["XYZ", undefined]);
  expect([typedText(question("downDays"), 0), typedText(question("downDays"), "unknown")]).toEqual(["0", ""]);
  expect([typedText(question("reference"), "XYZ"), typedText(question("reference"), "none")]).toEqual(["XYZ", ""]);
});
