import { expect, test } from "vitest";
import { createContentAddress } from "./content-address.ts";

const HELPER = new URL("https://two:7400/");

test("content comes from the coordinator that leads until that names another one, and again when it names itself", () => {
  const address = createContentAddress();
  expect(address.at(0)).toBeUndefined();
  address.named(HELPER);
  expect(address.at(0)).toBe(HELPER);
  address.named(undefined);
  expect(address.at(0)).toBeUndefined();
});

test("one that did not deliver is not asked for a minute, however often it is named, and another one at once", () => {
  const address = createContentAddress();
  address.named(HELPER);
  address.failed(1000);
  address.named(new URL(HELPER));
  expect([address.at(1000), address.at(60_999)]).toEqual([undefined, undefined]);
  expect(address.at(61_000)?.href).toBe(HELPER.href);
  address.failed(61_000);
  address.named(new URL("https://three:7400/"));
  expect(address.at(61_001)?.host).toBe("three:7400");
});
