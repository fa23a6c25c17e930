import { expect, test } from "vitest";
import type { PhaseState } from "@sitewright/protocol";
import { aPhase } from "../../../../../protocol/test-support/phases.ts";
import { finish } from "../../slices.ts";
import { pageOfNames, pageOfRows, type RowFilter } from "./pages.ts";
import { tableOf } from "./run-table.ts";

const STATES: readonly PhaseState[] = ["done", "waiting", "running", "failed"];

/** Four units on each of three systems, each unit in another state, and what waits waits for an agent. */
const { rows } = finish(
  tableOf(
    ["SRVABC", "SRVSEC", "DPSEC"].flatMap((system, at) =>
      STATES.map((state, unit) => ({
        ...aPhase({ id: `${system} ${unit}`, number: at * 4 + unit, system, state }),
        unit: { role: "dp" as const, name: `ABC0000${unit}` },
        ...(state === "waiting" ? { waitingFor: "agent-offline" as const } : {}),
      })),
    ),
  ),
);

const idsOf = (filter: RowFilter, limit = 100, after = 0) => {
  const page = finish(pageOfRows(rows, filter, { limit, after }));
  return { ...page, items: page.items.map((row) => rows.idsOf(row)[0]) };
};

test.each<[RowFilter, string[]]>([
  [{ state: "failed" }, ["SRVABC 3", "SRVSEC 3", "DPSEC 3"]],
  [{ state: "working", system: "SRVSEC" }, ["SRVSEC 2"]],
  [{ condition: "waiting-for-agent" }, ["SRVABC 1", "SRVSEC 1", "DPSEC 1"]],
  [{ unit: "dp/ABC00000" }, ["SRVABC 0", "SRVSEC 0", "DPSEC 0"]],
  [{ system: "DPSEC", unit: "dp/ABC00001" }, ["DPSEC 1"]],
  [{ text: " abc00002 " }, ["SRVABC 2", "SRVSEC 2", "DPSEC 2"]],
  [{ text: "srvsec dp/abc00002" }, ["SRVSEC 2"]],
  [{ text: "sec", state: "done" }, ["SRVSEC 0", "DPSEC 0"]],
  [{ system: "NONE" }, []],
  [{ unit: "dp/NONE" }, []],
])("the rows of %o are found, in the order of the plan", (filter, ids) => {
  expect(idsOf(filter)).toEqual({ items: ids, found: ids.length });
});

test("pages of any length together hold each row once", () => {
  for (const limit of [1, 2, 5, 12, 13]) {
    const seen: (string | undefined)[] = [];
    for (let after: number | undefined = 0; after !== undefined;) {
      const page = idsOf({ state: "done" }, limit, after);
      expect([page.items.length <= limit, page.found]).toEqual([true, 3]);
      seen.push(...page.items);
      after = page.next;
    }
    expect(seen).toEqual(["SRVABC 0", "SRVSEC 0", "DPSEC 0"]);
  }
});

test("names are listed in their order, page by page, and found by a part", () => {
  const names = (text: string, limit: number, after: number) => {
    const { items, found, next } = pageOfNames(rows.systems, text, { limit, after });
    return [items.map((number) => rows.systems.text(number)), found, next];
  };
  expect(names("", 2, 0)).toEqual([["DPSEC", "SRVABC"], 3, 2]);
  expect(names("", 2, 2)).toEqual([["SRVSEC"], 3, undefined]);
  expect(names("sec", 2, 0)).toEqual([["DPSEC", "SRVSEC"], 2, undefined]);
});
