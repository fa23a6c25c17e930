import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { createPhaseIds, phaseIdAt, placeOfPhaseId } from "./phase-ids.ts";

test("the id of a phase is a UUID that names its plan and its number", () => {
  const idOf = createPhaseIds("01234567-89ab-4cde-8f01-23456789abcd");
  expect(idOf(0)).toBe("00000000-89ab-8cde-8f01-23456789abcd");
  expect(idOf(1_000_000)).toBe("000f4240-89ab-8cde-8f01-23456789abcd");
  expect(placeOfPhaseId(idOf(1_000_000))).toEqual({ plan: "89ab-8cde-8f01-23456789abcd", number: 1_000_000 });
  expect(phaseIdAt({ plan: "89ab-8cde-8f01-23456789abcd", number: 255 })).toBe("000000ff-89ab-8cde-8f01-23456789abcd");
});

test("two plans have no id in common, and random ids of earlier versions are no such ids", () => {
  const [one, other] = [createPhaseIds(randomUUID()), createPhaseIds(randomUUID())];
  expect(one(7)).not.toBe(other(7));
  for (const id of [randomUUID(), "p1", "", `${one(7)}0`, one(7).toUpperCase()]) expect(placeOfPhaseId(id), id).toBeUndefined();
});
