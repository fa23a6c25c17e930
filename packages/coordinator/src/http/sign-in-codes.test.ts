import { expect, test } from "vitest";
import { createSignInCodes } from "./sign-in-codes.ts";

test("a code is good once, and for ten minutes", () => {
  let now = 1000;
  const codes = createSignInCodes(() => now);
  const [first, second] = [codes.make(), codes.make()];
  expect(first.expiresAt).toBe(1000 + 600_000);
  expect([codes.use(first.code), codes.use(first.code)]).toEqual([true, false]);
  now = second.expiresAt;
  expect(codes.use(second.code)).toBe(false);
});

test("unused codes make room for new ones", () => {
  const codes = createSignInCodes(() => 0);
  const all = Array.from({ length: 101 }, () => codes.make().code);
  expect(codes.use(all[0] ?? "")).toBe(false);
  expect(codes.use(all[1] ?? "")).toBe(true);
  expect(codes.use(all[100] ?? "")).toBe(true);
});
