import { expect, test } from "vitest";
import { knowledge, idsOf, planWith } from "../../test-support/plans.ts";
import { planOfAll } from "../domain/plan/plan.ts";
import { speechOf } from "../domain/texts.ts";
import { renderHtml } from "../render/html.ts";

/** The FAQ's section "Recovery Expert". */

test("the expert makes the complete list for one scenario: another scenario has another list", () => {
  const lists = [planWith(), planWith({ paths: "changed" }), planWith({ accounts: "recreated" })].map((plan) => idsOf(plan).join());
  expect(new Set(lists).size).toBe(3);
});

test("what Sitewright does by itself or after a confirmation is told apart from what is done by hand, which has no command", () => {
  const { tasks } = planWith();
  expect(new Set(tasks.map(({ task }) => task.automation))).toEqual(new Set(["A", "C", "K", "M"]));
  const byHand = tasks.filter(({ task }) => task.automation === "M");
  expect(byHand.flatMap(({ task }) => task.command ?? [])).toEqual([]);
});

test("the repair is one of the phases of the list, and comes after what is restored", () => {
  const ids = idsOf(planWith());
  expect(ids.findIndex((id) => id.startsWith("S"))).toBeGreaterThan(ids.findLastIndex((id) => id.startsWith("R")));
});

test("all recovery tasks can be seen and printed, whatever the scenario", () => {
  const all = planOfAll(knowledge);
  expect(idsOf(all)).toEqual(knowledge.tasks.map(({ id }) => id));
});

test("each task says why it is done and what is lost without it, for an administrator who was not there when the site was planned", () => {
  const speech = speechOf(knowledge, "en");
  for (const { id } of knowledge.tasks)
    for (const part of ["title", "why", "how", "lost"]) expect(speech?.text(`tasks.${id}.${part}`), `${id} ${part}`).toMatch(/\w/);
});

test("on a secure network the list is taken along: a page of one file that reaches for nothing outside", () => {
  const plan = planWith({ secured: "yes" });
  expect(idsOf(plan)).toContain("P24");
  const html = renderHtml(knowledge, plan, "en");
  expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
});
