import { expect, test } from "vitest";
import { createReservations } from "./reservations.ts";

const DAY = 24 * 60 * 60 * 1000;
const KEY = Uint8Array.of(1);

test("a reservation is valid for its own system, also after a restart, and is the same all day", () => {
  const reservations = createReservations("token", () => 100 * DAY + 5);
  const mine = reservations.issue("SRV1", KEY);
  expect(createReservations("token", () => 101 * DAY - 1).issue("SRV1", KEY)).toBe(mine);
  expect(reservations.isRight("SRV1", mine)).toBe(true);
  expect(createReservations("token", () => 160 * DAY).isRight("SRV1", mine)).toBe(true);
  expect(reservations.isRight("SRV2", mine)).toBe(false);
});

test("a reservation that is too old, has a changed date, is of another operator token, or is none reserves no place", () => {
  const at = (day: number, token = "token") => createReservations(token, () => day * DAY);
  const mine = at(100).issue("SRV1", KEY);
  const [day = "", keyId = "", proof = ""] = mine.split(".");
  expect(at(161).isRight("SRV1", mine)).toBe(false);
  const spoilt = [`${Number(day) + 1}.${keyId}.${proof}`, `${day}.${"0".repeat(16)}.${proof}`, `${day}.${keyId}.${"A".repeat(43)}`];
  for (const shown of ["", "x", `${day}.${proof}`, `${day}.${keyId}.${proof.slice(1)}`, ...spoilt])
    expect([shown, at(100).isRight("SRV1", shown)]).toEqual([shown, false]);
  expect(at(100, "another token").isRight("SRV1", mine)).toBe(false);
});

test("an agent that was shut out has no place any more, and takes none from the agent that joined after it", () => {
  const reservations = createReservations("token", () => 100 * DAY);
  const [old, other] = [reservations.issue("SRV1", KEY), reservations.issue("SRV2", KEY)];
  reservations.end("SRV1");
  expect([reservations.isRight("SRV1", old), reservations.isRight("SRV2", other)]).toEqual([false, true]);
  const newer = reservations.issue("SRV1", Uint8Array.of(2));
  expect([reservations.isRight("SRV1", old), reservations.isRight("SRV1", newer)]).toEqual([false, true]);
});
