import { expect, test } from "vitest";
import { identityWords } from "./file-identity.ts";
import { createStampSum, seedOf, type StampSum } from "./tree-stamp.ts";

const SEED = "0123456789abcdef0123456789abcdef";
const stampOf = (fill: (sum: StampSum) => void, seed = SEED) => {
  const sum = createStampSum(seed);
  fill(sum);
  return sum.stamp();
};
const FILE = identityWords("1:2:3:4:5");

test("A stamp is independent of the order of its entries and of the number of sums that they are added up in", () => {
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
    ...["1:2:3:4:5", "1:3:3:4:5", "1:2:4:4:5", "1:2:3:5:5", "1:2:3:4:6", "1:4294967298:3:4:5", "1:2:3:5:4", "1:2:3:1000000004:5"].map(
      (id) => stampOf((sum) => sum.file("a", 0o644, identityWords(id))),
    ),
    stampOf((sum) => sum.file("a", 0o600, FILE)),
    stampOf((sum) => sum.file("b", 0o644, FILE)),
    stampOf((sum) => sum.folder("a", 0o644)),
    stampOf((sum) => sum.link("a", "b")),
    stampOf((sum) => sum.link("a", "c")),
    stampOf((sum) => sum.other("a")),
    stampOf((sum) => sum.file("a", 0o644, FILE), SEED.replace("0", "1")),
  ];
  expect(new Set(stamps).size).toBe(stamps.length);
  expect(stampOf((sum) => sum.file("a", 0o644, identityWords("9:2:3:4:5")))).toBe(stamps[1]);
});
