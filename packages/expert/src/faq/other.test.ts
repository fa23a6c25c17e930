import { expect, test } from "vitest";
import { knowledge, planWith } from "../../test-support/plans.ts";
import { speechOf } from "../domain/texts.ts";

/** The FAQ's section "Other". */

test("the tools are localised: every text of the list is there in each of its languages", () => {
  const languages = [...knowledge.texts.keys()];
  expect(languages).toEqual(expect.arrayContaining(["en", "de"]));
  const ids = planWith().tasks.map(({ task }) => task.id);
  for (const language of languages)
    for (const id of ids) expect(speechOf(knowledge, language)?.text(`tasks.${id}.title`), `${language} ${id}`).toMatch(/\w/);
});

test("a planned change of machine is a recovery that begins with a snapshot of the healthy site", () => {
  const ids = planWith({ trigger: "swap", lost: [], oldServer: "off" }).tasks.map(({ task }) => task.id);
  expect(ids).toContain("P07");
});
