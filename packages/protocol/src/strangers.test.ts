import { expect, test } from "vitest";
import { addressGroup, createStrangers } from "./strangers.ts";

function aPool(limits: { all: number; perAddress: number }, known: string[] = []) {
  const ended: string[] = [];
  const pool = createStrangers<string>(
    limits,
    (connection) => ended.push(connection),
    (group) => known.includes(group),
  );
  return { pool, ended };
}

test("for a new connection from one address its oldest connection ends, and other addresses lose nothing", () => {
  const { pool, ended } = aPool({ all: 100, perAddress: 3 });
  pool.add("other", "10.0.0.2");
  for (let i = 0; i < 10; i++) pool.add(`mine ${i}`, "10.0.0.1");
  expect(ended).toEqual(Array.from({ length: 7 }, (_, i) => `mine ${i}`));
  expect(pool.size()).toBe(4);
});

test("where all connections are too many, the address with the most loses one, whichever address the new one comes from", () => {
  const { pool, ended } = aPool({ all: 10, perAddress: 8 });
  for (let i = 0; i < 8; i++) pool.add(`crowd ${i}`, "10.0.0.1");
  for (let i = 0; i < 5; i++) pool.add(`single ${i}`, `10.0.1.${i}`);
  expect(ended).toEqual(["crowd 0", "crowd 1", "crowd 2"]);
});

test("an address from which a peer authenticated loses last, however many strangers come from other addresses", () => {
  const { pool, ended } = aPool({ all: 10, perAddress: 5 }, ["10.9.9.9"]);
  for (let i = 0; i < 4; i++) pool.add(`agent ${i}`, "10.9.9.9");
  for (let i = 0; i < 50; i++) pool.add(`stranger ${i}`, `10.0.1.${i}`);
  expect(ended.filter((one) => one.startsWith("agent"))).toEqual([]);
  expect([ended.length, ended[0]]).toEqual([44, "stranger 0"]);
});

test("a connection that was authenticated or ended takes no place, and is not ended for others", () => {
  const { pool, ended } = aPool({ all: 10, perAddress: 2 });
  pool.add("a", "10.0.0.1");
  expect([pool.remove("a"), pool.remove("a")]).toEqual([true, false]);
  pool.add("b", "10.0.0.1");
  pool.add("c", "10.0.0.1");
  expect([pool.size(), ended]).toEqual([2, []]);
});

test.each([
  ["10.1.2.3", "10.1.2.3"],
  ["::ffff:10.1.2.3", "10.1.2.3"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"],
  ["2001:DB8:1:2::", "2001:db8:1:2::/64"],
  ["2001:db8::9", "2001:db8:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
])("the address %s is counted with %s", (address, group) => {
  expect(addressGroup(address)).toBe(group);
});
