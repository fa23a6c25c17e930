import fc from "fast-check";
import { expect, test } from "vitest";
import { identityOf, identityWords, wordsOf } from "./file-identity.ts";

const anyTime = fc.oneof(fc.bigInt(-(10n ** 12n), 10n ** 12n), fc.bigInt(0n, 2n ** 62n));
const anyNumber = (most: bigint) => fc.oneof(fc.bigInt(0n, 2n ** 34n), fc.bigInt(0n, most));
const anyFile = fc.record({
  dev: anyNumber(2n ** 64n - 1n),
  ino: anyNumber(2n ** 64n - 1n),
  size: anyNumber(2n ** 62n),
  mtimeNs: anyTime,
  ctimeNs: anyTime,
});

test("the fields of an identity equal those of its file", () => {
  fc.assert(
    fc.property(anyFile, (file) => {
      expect(identityWords(identityOf(file))).toEqual(wordsOf(file));
    }),
  );
});
