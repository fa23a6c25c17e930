import type { Deviation, ManifestEntry, OwnedPath } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { besideFound, deviationsOf, type FoundEntry } from "./compare-tree.ts";

const OWNED: OwnedPath[] = [
  { path: "B", kind: "folder", rights: "clients-write" },
  { path: "A/file", kind: "file", rights: "clients-read" },
  { path: "A/b", kind: "folder", rights: "clients-read" },
];

const file = (path: string, size = 1): ManifestEntry => ({ kind: "file", path, mode: 0o644, size, modified: 0, chunks: [] });
const ENTRIES: ManifestEntry[] = [
  { kind: "folder", path: "A/b/sub", mode: 0o755 },
  file("A/b/sub/x"),
  file("A/b/y"),
  { kind: "link", path: "A/b/z", target: "y" },
  file("A/file"),
  file("B/1"),
  file("B/2"),
];

function found(path: string, more: Partial<FoundEntry> = {}): FoundEntry {
  return { path, kind: "file", mode: 0o644, size: 1, modified: 0, identity: "1:1:1:1:1", names: 1, ours: true, ...more };
}

const RIGHT: FoundEntry[] = [
  found("A/b", { kind: "folder", mode: 0o755 }),
  found("A/b/sub", { kind: "folder", mode: 0o755 }),
  found("A/b/sub/x"),
  found("A/b/y"),
  found("A/b/z", { kind: "link", mode: 0o777, target: "y" }),
  found("A/file"),
  found("B", { kind: "folder", mode: 0o777 }),
  found("B/1"),
  found("B/2"),
];

/** Both sides in parts of this many entries. */
async function deviations(there: readonly FoundEntry[], size: number, tolerated: string[] = []): Promise<Deviation[]> {
  const windows = ENTRIES.flatMap((_, i) => (i % size === 0 ? [{ entries: ENTRIES.slice(i, i + size) }] : []));
  async function* parts() {
    for (let i = 0; i < there.length; i += size) yield await Promise.resolve(there.slice(i, i + size));
  }
  const all: Deviation[] = [];
  for await (const pairs of besideFound({ owned: OWNED, windows, kept: (_, mode) => mode }, parts()))
    for (const pair of pairs) all.push(...deviationsOf(pair, new Set(tolerated)));
  return all;
}

const without = (...paths: string[]) => RIGHT.filter((entry) => !paths.includes(entry.path));
const changed = (path: string, more: Partial<FoundEntry>) => RIGHT.map((entry) => (entry.path === path ? { ...entry, ...more } : entry));

for (const [what, there, expected] of [
  ["nothing", RIGHT, []],
  [
    "what is missing at the start and at the end",
    without("A/b", "B/2"),
    [
      ["missing", "A/b"],
      ["missing", "B/2"],
    ],
  ],
  ["a missing owned folder", without("B"), [["missing", "B"]]],
  ["everything, if nothing exists", [], RIGHT.map(({ path }) => ["missing", path])],
  ["extra entries", [...RIGHT, found("B/3")], [["extra", "B/3"]]],
  ["other permissions, also of an owned folder", changed("B", { mode: 0o755 }), [["rights", "B"]]],
  ["another size", changed("A/file", { size: 2 }), [["damaged", "A/file"]]],
  ["another kind", changed("A/b/sub", { kind: "file" }), [["damaged", "A/b/sub"]]],
  ["a link to somewhere else", changed("A/b/z", { target: "x" }), [["damaged", "A/b/z"]]],
] as const) {
  test(`A comparison names ${what}, however its two sides are split`, async () => {
    for (const size of [1, 2, 3, 100]) expect(await deviations(there, size)).toEqual(expected.map(([kind, path]) => ({ kind, path })));
  });
}

test("Extra files that exist on purpose are not deviations", async () => {
  expect(await deviations([...RIGHT, found("B/3")], 2, ["B/3"])).toEqual([]);
});
