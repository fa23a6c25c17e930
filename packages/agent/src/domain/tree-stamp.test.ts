import { expect, test } from "vitest";
import { createStampSum, seedOf, type StampSum } from "./tree-stamp.ts";

const SEED = "0123456789abcdef0123456789abcdef";
const stampOf = (fill: (sum: StampSum) => void, seed = SEED) => {
  const sum = createStampSum(seed);
  fill(sum);
  return sum.stamp();
};
const FILE = "1:2:3:4:5";

test("A stamp is the same in whatever order and in however many sums its entries are added up", () => {
  const whole = stampOf((sum) => {
    sum.folder("a", 0o755);
    sum.file("a/b", 0o644, FILE);
    sum.link("a/c", "b");
  });
  const rest = stampOf((sum) => sum.file("a/b", 0o644, FILE));
  const parts = stampOf((sum) => {
    sum.link("a/c", "b");
    sum.add(rest);
    sum.folder("a", 0o755);
  });
  expect(parts).toBe(whole);
  expect(seedOf(whole)).toBe(SEED);
});

test("A stamp shows every change of an entry, and none of the device's number", () => {
  const stamps = [
    stampOf(() => {}),
    ...["1:2:3:4:5", "1:3:3:4:5", "1:2:4:4:5", "1:2:3:5:5", "1:2:3:4:6"].map((id) => stampOf((sum) => sum.file("a", 0o644, id))),
    stampOf((sum) => sum.file("a", 0o600, FILE)),
    stampOf((sum) => sum.file("b", 0o644, FILE)),
    stampOf((sum) => sum.folder("a", 0o644)),
    stampOf((sum) => sum.link("a", "b")),
    stampOf((sum) => sum.link("a", "c")),
    stampOf((sum) => sum.other("a")),
    stampOf((sum) => sum.file("a", 0o644, FILE), SEED.replace("0", "1")),
  ];
  expect(new Set(stamps).size).toBe(stamps.length);
  expect(stampOf((sum) => sum.file("a", 0o644, "9:2:3:4:5"))).toBe(stamps[1]);
});
