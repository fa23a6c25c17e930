import fc from "fast-check";
import { expect, test } from "vitest";
import { attempt } from "../../test-support/attempt.ts";
import { names } from "../../test-support/manifests.ts";
import { comparePaths, foldName, isBelow, nameFault, parseTreePath, resolveLink } from "../index.ts";

const paths = fc.array(names, { minLength: 1, maxLength: 5 }).map((parts) => parts.join("/"));

test("safe names make safe paths; one unsafe name makes the path unsafe", () => {
  const any = fc.string({ unit: "binary", maxLength: 6 });
  fc.assert(
    fc.property(fc.array(fc.oneof(names, any), { minLength: 1, maxLength: 5 }), (parts) => {
      const path = parts.join("/");
      const safe = path.split("/").every((name) => nameFault(name) === undefined);
      expect(attempt(() => parseTreePath(path))).toBe(safe ? path : "UNSAFE_PATH");
    }),
    { numRuns: 300 },
  );
});

test("the canonical order compares names one by one: it is total, and a folder precedes directly all that it holds", () => {
  const byNames = (a: string, b: string): number => {
    const [left, right] = [a.split("/"), b.split("/")];
    const at = left.findIndex((name, i) => name !== right[i]);
    if (at === -1) return left.length - right.length;
    return right[at] === undefined ? 1 : (left[at] as string) < right[at] ? -1 : 1;
  };
  fc.assert(
    fc.property(fc.uniqueArray(paths, { maxLength: 30 }), (all) => {
      for (const a of all) for (const b of all) expect(Math.sign(comparePaths(a, b))).toBe(Math.sign(byNames(a, b)));
      const sorted = all.toSorted(comparePaths);
      for (const top of all) {
        const places = sorted.flatMap((path, i) => (isBelow(path, top) ? [i] : []));
        expect(sorted[places[0] as number]).toBe(top);
        expect((places.at(-1) as number) - (places[0] as number) + 1).toBe(places.length);
      }
    }),
    { numRuns: 100 },
  );
});

test("folding a fold changes nothing, all forms of a name have the same fold, and ASCII characters fold together only by case", () => {
  const text = fc.oneof(names, fc.string({ unit: "binary", maxLength: 6 }));
  fc.assert(
    fc.property(text, (name) => {
      expect(foldName(foldName(name))).toBe(foldName(name));
      expect(foldName(name.normalize("NFD"))).toBe(foldName(name));
      expect(foldName(name.toLowerCase())).toBe(foldName(name));
    }),
    { numRuns: 500 },
  );
  expect(foldName("T\u0308")).toBe(foldName("\u1e97"));
});

test("a link resolves to a safe path inside its owned path, or is refused", () => {
  const steps = fc.array(fc.oneof(names, fc.constantFrom("..", ".", "", "/", "C:", "\u0000")), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(paths, steps, (from, target) => {
      const resolved = attempt(() => resolveLink(`P/${from}`, target.join("/"), "P"));
      expect(resolved === "UNSAFE_PATH" || (isBelow(resolved, "P") && parseTreePath(resolved) === resolved)).toBe(true);
    }),
    { numRuns: 300 },
  );
});
