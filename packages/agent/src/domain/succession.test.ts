import type { SuccessionStatement } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { successionFault, type SuccessionCase } from "./succession.ts";

/** Signed by whom it says, unless the signature is another one. */
function says(from: string, number: number, to: string, other: Partial<SuccessionStatement> = {}): SuccessionStatement {
  return { coordinator: "c1", number, from, to, signature: from, ...other };
}

function judge(statements: SuccessionStatement[], other: Partial<SuccessionCase> = {}): string | undefined {
  const about = { coordinator: "c1", trusted: "A", newest: 0, shown: "D", statements, ...other };
  return successionFault(about, ({ from, signature }) => from === signature);
}

test.each([
  ["named by the one that is trusted", [says("A", 5, "D")], {}],
  ["named under the newest number that is known", [says("A", 5, "D")], { newest: 5 }],
  ["named by one that was named, over any number of steps", [says("C", 1, "D"), says("A", 5, "B"), says("B", 9, "C")], { newest: 5 }],
  ["named last by one that named others before", [says("A", 5, "B"), says("A", 6, "D")], {}],
  ["named by a later one of the chain, whose numbers are its own", [says("A", 500, "B"), says("B", 1, "D")], { newest: 500 }],
])("a CA is believed that was %s", (_, statements, other) => {
  expect(judge(statements, other)).toBeUndefined();
});

test.each([
  ["shows nothing", [], {}, "shows no statement"],
  ["was named by a stranger alone", [says("X", 5, "D")], {}, "no statement leads to it"],
  ["was named, but with the signature of another key", [says("A", 5, "D", { signature: "X" })], {}, "another signature"],
  ["was named for another coordinator", [says("A", 5, "D", { coordinator: "c2" })], {}, "another coordinator"],
  ["was named before another one was, or before all were revoked", [says("A", 5, "D")], { newest: 6 }, "is older than 6"],
  ["shows with its own statement a newer one about another", [says("A", 5, "D"), says("A", 6, "B")], {}, "no statement leads to it"],
  ["was named by the predecessor of the one that is trusted", [says("Z", 9, "A"), says("Z", 99, "D")], {}, "no statement leads to it"],
  ["is the predecessor", [says("Z", 9, "A")], { shown: "Z" }, "no statement leads to it"],
  ["names itself in a circle", [says("A", 5, "B"), says("B", 5, "A")], {}, "no statement leads to it"],
])("a CA is refused that %s", (_, statements, other, why) => {
  expect(judge(statements, other)).toContain(why);
});
