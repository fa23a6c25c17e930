import { expect, test } from "vitest";
import { ANNA } from "../../../test-support/fakes.ts";
import { startLedger } from "../../../test-support/memory-ledger.ts";
import { NO_SUCCESSION, type Succession } from "../../domain/backup/succession.ts";
import { createSuccessions } from "./successions.ts";

async function aCoordinator(current: Succession = NO_SUCCESSION) {
  const written: Succession[] = [];
  const again: string[] = [];
  const ledger = await startLedger();
  let now = 1_000;
  const successions = createSuccessions({
    current,
    write: async (one) => void written.push(one),
    own: "T3du",
    connectAgain: async (why) => void again.push(why),
    ledger,
    clock: () => now,
  });
  return { successions, written, again, ledger, passTo: (ms: number) => void (now = ms) };
}

test("every other successor, and its end, has a higher number that agents hear of at once; the same one keeps its number", async () => {
  const at = await aCoordinator({ number: 5, statements: [] });
  const { successions } = at;
  expect(await successions.name(ANNA, "QUJD")).toEqual({ number: 1_000 });
  at.passTo(500);
  expect(await successions.name(ANNA, "QUJD")).toEqual({ number: 1_000 });
  expect([at.written.length, at.again.length]).toEqual([1, 1]);
  expect(await successions.name(ANNA, "REVG")).toEqual({ number: 1_001 });
  expect(await successions.name(ANNA, undefined)).toEqual({ number: 1_002 });
  expect(await successions.name(ANNA, undefined)).toEqual({ number: 1_002 });
  expect(await successions.name(ANNA, "QUJD")).toEqual({ number: 1_003 });
  expect(successions.number()).toBe(1_003);
  expect(at.written.map(({ number, successor }) => [number, successor])).toEqual([
    [1_000, "QUJD"],
    [1_001, "REVG"],
    [1_002, undefined],
    [1_003, "QUJD"],
  ]);
  expect(at.again).toHaveLength(4);
  const entries = await Array.fromAsync(at.ledger.entries());
  expect(entries.map(({ kind, by }) => `${by.name} ${kind}`)).toEqual(
    expect.arrayContaining(["anna successor-named", "anna successor-revoked"]),
  );
  expect(entries).toHaveLength(4);
});

test("a coordinator that never named a successor has nothing to revoke, and cannot name itself or what is no key", async () => {
  const at = await aCoordinator();
  expect(await at.successions.name(ANNA, undefined)).toEqual({ number: 0 });
  await expect(at.successions.name(ANNA, "T3du")).rejects.toMatchObject({ code: "BAD_REQUEST" });
  await expect(at.successions.name(ANNA, "no key!")).rejects.toMatchObject({ code: "BAD_REQUEST" });
  expect([at.written, at.again]).toEqual([[], []]);
});
