import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { attempt } from "../../test-support/attempt.ts";
import { createLinkTree, isBelow, LIMITS, resolveLink } from "../index.ts";

/** Why each of the links, all below the folder P, is refused. */
function faultsOf(links: Record<string, string>): Record<string, string> {
  const tree = createLinkTree();
  for (const [path, target] of Object.entries(links)) tree.add(`P/${path}`, target, "P");
  return Object.fromEntries([...tree.faults()].map(({ path, why }) => [path.slice(2), why]));
}

test.each<[how: string, links: Record<string, string>]>([
  ["a link to the folder above", { "d/b": "..", "d/l": "b/../../agent-key.pem" }],
  ["a link to the folder itself", { b: ".", l: "b/../x" }],
  ["a chain of links", { "d/a": "b", "d/b": "c", "d/c": "..", "d/l": "a/../../x" }],
  ["two links, each of which stays inside", { "a/b/up": "../..", "a/b/l": "up/d/..", "a/d": "b/up", "a/x": "d/../../y" }],
  ["a link that is named in other case", { "d/B": "..", "d/l": "b/../../x" }],
  ["a link that is named in another Unicode form", { "d/e\u0301": "..", "d/l": "\u00e9/../../x" }],
  ["a link that is named with slashes doubled", { "d/b": "..//", "d/l": "b//..//../x/" }],
])("a link that leads out by way of %s is refused", (_, links) => {
  const last = Object.keys(links).at(-1) as string;
  expect(faultsOf(links)[last]).toMatch(/^leads out of P by way of the link P\//);
});

test("links to one another, to folders above and to nonexistent targets are accepted as long as all of them stay inside", () => {
  const links = {
    "d/b": "..",
    "d/l": "b/d/x",
    "e/f/g": "../../d/b/e",
    current: "v2/",
    lib: "v2//lib",
    dangling: "no/such/../file",
    top: ".",
  };
  expect(faultsOf(links)).toEqual({});
});

test("links that lead back to themselves, or over more links than Linux follows, are refused", () => {
  expect(faultsOf({ self: "self" })).toEqual({ self: expect.stringContaining("back to itself") });
  expect(Object.keys(faultsOf({ a: "b", b: "c/x", c: "a", into: "a/y" }))).toEqual(["a", "b", "c", "into"]);
  const chain = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`l${i}`, `l${i + 1}`]));
  const refused = Object.keys(faultsOf(chain));
  expect([refused.length, refused.at(-1)]).toEqual([160, "l159"]);
});

test("many links into one long loop are each followed only until the loop is detected", () => {
  // Following it again for each link would take some 600 million steps.
  const long = "x/../".repeat(200);
  const loop = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`l${i}`, `${long}l${(i + 1) % 500}`]));
  const into = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`i${i}`, `l${(i * 7) % 500}`]));
  expect(Object.keys(faultsOf({ ...into, ...loop }))).toHaveLength(20_500);
});

test("links with more names than the limit are refused", () => {
  const tree = createLinkTree();
  const add = () => {
    for (let i = 0; i <= LIMITS.linkNames; i++) tree.add(`P/${i}`, "x", "P");
  };
  expect(attempt(add)).toBe("UNSAFE_PATH");
});

test("no accepted link leads out of its folder on a real disk", () => {
  const name = fc.constantFrom("a", "b", "c", "d");
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join("/"));
  const target = fc
    .array(fc.constantFrom("a", "b", "c", "d", "..", "..", ".", ""), { minLength: 1, maxLength: 6 })
    .map((parts) => parts.join("/"));
  let refused = 0;
  fc.assert(
    fc.property(fc.dictionary(path, target, { maxKeys: 7 }), (links) => {
      const folder = mkdtempSync(join(tmpdir(), "sitewright-links-"));
      try {
        const top = join(folder, "out", "P");
        mkdirSync(top, { recursive: true });
        const tree = createLinkTree();
        const placed: string[] = [];
        for (const [at, to] of Object.entries(links)) {
          if (attempt(() => resolveLink(`P/${at}`, to, "P")) === "UNSAFE_PATH") continue;
          // A manifest's entries lie in folders, never behind a link, and no path occurs twice.
          if (placed.some((other) => isBelow(at, other) || isBelow(other, at))) continue;
          mkdirSync(join(top, dirname(at)), { recursive: true });
          symlinkSync(to, join(top, at));
          tree.add(`P/${at}`, to, "P");
          placed.push(at);
        }
        const faults = new Set([...tree.faults()].map((fault) => fault.path));
        refused += faults.size;
        for (const at of placed) {
          if (faults.has(`P/${at}`)) continue;
          const leadsTo = attempt(() => realpathSync.native(join(top, at)));
          expect(["ENOENT", "ENOTDIR"].includes(leadsTo) || isBelow(leadsTo, realpathSync(top))).toBe(true);
        }
      } finally {
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: 400 },
  );
  expect(refused).toBeGreaterThan(20);
});
