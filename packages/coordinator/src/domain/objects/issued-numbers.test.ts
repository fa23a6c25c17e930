import { expect, test } from "vitest";
import type { Copy } from "./findings.ts";
import { issuedNumbers } from "./issued-numbers.ts";

const copy = (system: string, number: number): Copy => ({ system, number, content: "c", at: "m", isConnected: true });
const words = (objects: Parameters<typeof issuedNumbers>[0]) =>
  issuedNumbers(objects).map(({ witness, counter, number }) => `${witness} ${counter} ${number}`);

test("each system proves the highest id of each counter among what it holds and held", () => {
  const objects = [
    { kind: "package", id: "ABC0000A", copies: [copy("A1", 7), copy("A2", 7)], traces: [] },
    { kind: "package", id: "ABC0001F", copies: [], traces: [{ system: "A2", number: 1 }] },
    { kind: "package", id: "ABC-TEST", copies: [copy("A1", 1)], traces: [] },
  ] as const;
  expect(words(objects)).toEqual(["A1 packages 10", "A2 packages 31"]);
});

test("ids of advertisements are counted from their first one, and the numbers in definitions are told apart from the ids", () => {
  const objects = [
    { kind: "advertisement", id: "ABC20012", copies: [copy("A1", 2)], traces: [{ system: "A1", number: 90 }] },
    { kind: "program", id: "ABC00003", copies: [copy("A1", 0)], traces: [] },
  ] as const;
  expect(words(objects)).toEqual(["A1 advertisements 18", "A1/definitions advertisements 90", "A1 packages 3"]);
});
