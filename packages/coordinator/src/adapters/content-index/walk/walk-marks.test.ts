import type { BigIntStats } from "node:fs";
import { expect, test } from "vitest";
import { SourceMoved } from "./source-fault.ts";
import { createWalkMarks } from "./walk-marks.ts";
import type { SourceEntry } from "./walk-source.ts";

const STATS = { mode: 0o100644n, size: 10n, mtimeNs: 5_000_000_001n, ctimeNs: 5_000_000_002n, ino: 2n ** 64n - 1n } as BigIntStats;

function entry(path: string, overrides: Partial<BigIntStats> = {}): SourceEntry {
  return { kind: "file", path: `P/${path}`, source: `s/${path}`, stats: { ...STATS, ...overrides } as BigIntStats };
}

const TREE = [entry("a"), entry("sub/b"), entry("sub/c"), entry("z")];

function differsAt(entries: readonly SourceEntry[]): string | undefined {
  const marks = createWalkMarks();
  for (const one of TREE) marks.add(one);
  const again = marks.again();
  try {
    for (const one of entries) again.check(one);
    again.end();
    return undefined;
  } catch (error) {
    if (error instanceof SourceMoved) return error.source;
    throw error;
  }
}

const replaced = (at: number, by: SourceEntry) => TREE.map((one, i) => (i === at ? by : one));

test.each([
  ["the same", TREE, undefined],
  ["a change of one nanosecond", replaced(2, entry("sub/c", { mtimeNs: 5_000_000_002n })), "s/sub/c"],
  ["times that are swapped", replaced(0, entry("a", { mtimeNs: 5_000_000_002n, ctimeNs: 5_000_000_001n })), "s/a"],
  ["another size beyond 4 GiB", replaced(3, entry("z", { size: 10n + 2n ** 32n })), "s/z"],
  ["another inode", replaced(1, entry("sub/b", { ino: 2n ** 63n })), "s/sub/b"],
  ["something more", [...TREE.slice(0, 2), entry("sub/bb"), ...TREE.slice(2)], "s/sub"],
  ["something less", TREE.filter((_, i) => i !== 1), "s/sub"],
  ["fewer entries at the end", TREE.slice(0, 3), "s/sub"],
])("two walks that saw %s", (_, entries, expected) => {
  expect(differsAt(entries)).toBe(expected);
});

test("for a folder its names count and not its times", () => {
  const folder = (overrides: Partial<BigIntStats>): SourceEntry => ({ ...entry("f", overrides), kind: "folder" });
  const stamp = (one: SourceEntry) => {
    const marks = createWalkMarks();
    for (let i = 0; i < 3000; i++) marks.add(one);
    return marks.stamp();
  };
  expect(stamp(folder({ mtimeNs: 1n, size: 4096n }))).toBe(stamp(folder({ mtimeNs: 2n, size: 8192n })));
  expect(stamp(folder({ mode: 0o40700n }))).not.toBe(stamp(folder({ mode: 0o40755n })));
});
