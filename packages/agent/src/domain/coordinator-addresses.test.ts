import { expect, test } from "vitest";
import { createAddresses } from "./coordinator-addresses.ts";

const A = new URL("https://a:7400");
const B = new URL("https://b:7400");
const C = new URL("https://c:7400");

test("addresses are tried in their order, and a round ends when each was tried once", () => {
  const addresses = createAddresses([A, B, C]);
  const seen = [];
  for (let i = 0; i < 6; i += 1) seen.push([addresses.url.host, addresses.failed()]);
  expect(seen).toEqual([
    ["a:7400", false],
    ["b:7400", false],
    ["c:7400", true],
    ["a:7400", false],
    ["b:7400", false],
    ["c:7400", true],
  ]);
});

test("the address that answered is tried first after a loss, and a round begins with it", () => {
  const addresses = createAddresses([A, B, C]);
  addresses.failed();
  addresses.answered();
  expect(addresses.url).toBe(B);
  expect([addresses.failed(), addresses.failed(), addresses.failed()]).toEqual([false, false, true]);
  expect(addresses.url).toBe(B);
});

test("a single address ends its round with each failure, and messages do not name it", () => {
  const addresses = createAddresses([A]);
  expect([addresses.failed(), addresses.failed()]).toEqual([true, true]);
  expect(addresses.describe()).toBe("");
  expect(createAddresses([A, B]).describe()).toBe("a:7400");
});

test("what is learned is tried after what was given, and replaces what was learned before, but for the address in use", () => {
  const addresses = createAddresses([A]);
  addresses.learn([A, B]);
  addresses.failed();
  addresses.answered();
  expect(addresses.url.host).toBe("b:7400");
  addresses.learn([C]);
  const round = [addresses.url.host, addresses.failed(), addresses.url.host, addresses.failed(), addresses.url.host, addresses.failed()];
  expect(round).toEqual(["b:7400", false, "a:7400", false, "c:7400", true]);
  addresses.learn([]);
  expect([addresses.url.host, addresses.failed(), addresses.url.host, addresses.failed()]).toEqual(["b:7400", false, "a:7400", true]);
});
