import { expect, test } from "vitest";
import { checkExpression, type Vocabulary } from "./check.ts";
import { parseExpression } from "./parse.ts";
import type { Expression } from "./syntax.ts";

const VOCABULARY: Vocabulary = {
  questions: new Map([
    ["names", { kind: "one", values: ["same", "newCode"] }],
    ["lost", { kind: "set", values: ["dp", "cap"] }],
    ["downDays", { kind: "number", values: [] }],
  ]),
  facts: new Set(["SITE", "PAR", "KID"]),
};

function parsed(text: string): Expression {
  const result = parseExpression(text);
  if ("fault" in result) throw new Error(result.fault.message);
  return result.expression;
}

/** The expression with every bracket written out. */
function written(expression: Expression): string {
  switch (expression.kind) {
    case "always":
      return "always";
    case "fact":
      return expression.name;
    case "not":
      return `not ${written(expression.of)}`;
    case "all":
    case "any":
      return `(${expression.of.map(written).join(expression.kind === "all" ? " and " : " or ")})`;
    case "in":
    case "notIn":
      return `${expression.question} ${expression.kind} ${expression.values.join("|")}`;
    case "has":
    case "lacks":
      return `${expression.question} ${expression.kind} ${expression.value}`;
    case "empty":
      return `${expression.question} empty`;
  }
}

test.each([
  ["always", "always"],
  ["SITE", "SITE"],
  ["SITE and PAR or KID", "((SITE and PAR) or KID)"],
  ["SITE and (PAR or KID)", "(SITE and (PAR or KID))"],
  ["not SITE and PAR", "(not SITE and PAR)"],
  ["not (SITE and PAR)", "not (SITE and PAR)"],
  ["names = same", "names in same"],
  ["names != same", "names notIn same"],
  ["names in [same, newCode]", "names in same|newCode"],
  ["names not in [same]", "names notIn same"],
  ["lost has dp or lost lacks cap", "(lost has dp or lost lacks cap)"],
  ["lost is empty", "lost empty"],
])("%s is read as %s", (text, tree) => {
  expect(written(parsed(text))).toBe(tree);
});

test.each([
  ["", 1, /the condition ends here: write the name of a fact or a question/],
  ["SITE and", 9, /the condition ends here/],
  ["SITE PAR", 6, /"PAR" is too much here: write "and" or "or" before it/],
  ["(SITE", 6, /close the bracket here/],
  ["names in same", 10, /write the values as \[first, second\]/],
  ["names in [same", 15, /close the list/],
  ["names = and", 9, /"and" stands here: write a value of the question/],
  ["SITE && PAR", 6, /"&" does not belong into a condition/],
  ["lost is dp", 9, /write "lost is empty"/],
])("%j is refused at column %i, with what to write", (text, column, message) => {
  expect(parseExpression(text)).toMatchObject({ fault: { column, message: expect.stringMatching(message) as string } });
});

test("an endlessly nested condition is refused, and does not exhaust the stack", () => {
  expect(parseExpression(`${"(".repeat(100_000)}SITE`)).toMatchObject({
    fault: { message: expect.stringContaining("nested too deep") as string },
  });
});

test.each([
  ["SIET", /there is no fact "SIET": did you mean "SITE"\?/],
  ["names", /"names" is a question: say which answer/],
  ["SITE = same", /"SITE" is a fact: write it alone/],
  ["nmaes = same", /there is no question "nmaes": did you mean "names"\?/],
  ["names = sme", /"sme" is not an answer to "names": did you mean "same"\?/],
  ["names has same", /"names" has one answer: write =, != or in/],
  ["lost = dp", /the answer to "lost" is a set: write has, lacks or is empty/],
  ["downDays = many", /"downDays" is a parameter of tasks: no condition can depend on it/],
])("%s does not pass the type check", (text, message) => {
  expect(checkExpression(parsed(text), VOCABULARY)).toEqual([{ column: 1, message: expect.stringMatching(message) as string }]);
});

test("a condition that fits what it names passes the type check", () => {
  expect(checkExpression(parsed("SITE and (names in [same, newCode] or lost is empty) and not KID"), VOCABULARY)).toEqual([]);
});
