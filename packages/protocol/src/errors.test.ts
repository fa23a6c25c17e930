import { expect, test } from "vitest";
import { SitewrightError } from "./errors.ts";

test("an error whose release failed after it is reported itself, not what the release reported", () => {
  const fault = new SitewrightError("REDIS_UNREACHABLE", "Redis does not answer");
  const work = (): void => {
    using _first = { [Symbol.dispose]: () => fail("of the last release") };
    using _second = { [Symbol.dispose]: () => fail("of the first release") };
    throw fault;
  };
  const fail = (message: string): never => {
    throw new Error(message);
  };
  let thrown: unknown;
  try {
    work();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).not.toBe(fault);
  expect(SitewrightError.from(thrown)).toBe(fault);
});
