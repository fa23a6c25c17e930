import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { aHierarchy } from "../../../test-support/fakes.ts";
import { createRefusals } from "./refusals.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function start() {
  const lines: Record<string, unknown>[] = [];
  const codes: string[] = [];
  const quiet = () => undefined;
  const warn = (facts: object, message: string): void => void lines.push({ ...facts, message });
  const log = { debug: quiet, info: quiet, error: quiet, warn };
  const refusals = createRefusals({ hierarchy: () => aHierarchy(), log, refused: { publish: (code) => void codes.push(code) } });
  return { refusals, lines, codes };
}

const refused = { address: "10.0.0.1", code: "UNAUTHENTICATED", message: "agent refused: wrong" };

test("for an address that is refused repeatedly the log has the first refusals and the first of each code, and one line per minute that counts the others", () => {
  const { refusals, lines, codes } = start();
  for (let i = 0; i < 1000; i++) refusals.note({ ...refused, ...(i % 10 === 9 ? { code: "FRAME_INVALID" } : {}) });
  expect(lines.map(({ code }) => code)).toEqual(["UNAUTHENTICATED", "UNAUTHENTICATED", "UNAUTHENTICATED", "FRAME_INVALID"]);
  vi.advanceTimersByTime(60_000);
  expect(lines).toHaveLength(5);
  expect(lines[4]).toMatchObject({ refused: 996, address: "10.0.0.1", codes: { UNAUTHENTICATED: 897, FRAME_INVALID: 99 } });
  expect(codes).toHaveLength(1000);
  refusals.note(refused);
  expect(lines).toHaveLength(6);
  refusals.stop();
});

test("a flood from any number of addresses, under any number of names, makes a bounded number of short lines", () => {
  const { refusals, lines } = start();
  for (let i = 0; i < 20_000; i++) {
    const address = `10.${i % 7}.${(i >> 8) % 256}.${i % 256}`;
    refusals.note({ ...refused, address, name: `N${i}`.padEnd(14_000, "x"), message: `agent refused: ${"y".repeat(10_000)}` });
  }
  refusals.stop();
  expect(lines.length).toBeLessThanOrEqual(61);
  expect(Math.max(...lines.map((line) => JSON.stringify(line).length))).toBeLessThan(700);
  expect(lines.reduce((sum, line) => sum + Number(line["refused"]), 0)).toBe(20_000);
});

test("a refusal of a known system is logged under its name, also beside a stranger at the same address", () => {
  const { refusals, lines } = start();
  for (let i = 0; i < 10; i++) refusals.note({ ...refused, name: "NOBODY" });
  refusals.note({ ...refused, name: "SRV2" });
  expect(lines.at(-1)).toMatchObject({ refused: 1, system: "SRV2", message: refused.message });
  expect(lines.slice(0, -1).every((line) => line["name"] === "NOBODY" && !("system" in line))).toBe(true);
  refusals.stop();
});
