import { expect, test } from "vitest";
import {
  afterPackages,
  packageNews,
  packagesAsDetails,
  versionSigns,
  type KnownPackage,
  type KnownPackages,
  type ReadPackages,
} from "./known-packages.ts";

const known = (packages: Record<string, [number, KnownPackage["state"]]>) =>
  new Map(Object.entries(packages).map(([id, [version, state]]) => [id, { version, state, at: 1 }]));
const reading = (versions: Record<string, number>, more: Partial<ReadPackages> = {}): ReadPackages => {
  return { versions: new Map(Object.entries(versions)), faulty: new Set(), accepted: new Set(), isHeld: false, ...more };
};
const news = (before: KnownPackages, read: ReadPackages) => Object.fromEntries(packageNews(before, read));

test("a new package and a higher version are recorded, a lower one and a missing package are not", () => {
  const before = known({ ABC00001: [4, "there"], ABC00002: [2, "there"], ABC00003: [1, "there"] });
  expect(news(before, reading({ ABC00001: 3, ABC00002: 5, ABC00009: 0 }))).toEqual({
    ABC00002: { version: 5, state: "there" },
    ABC00009: { version: 0, state: "there" },
  });
});

test("a package is recorded as deleted when an operator accepted that it is gone, and as revived when it is described again", () => {
  const there = known({ ABC00001: [4, "there"] });
  expect(news(there, reading({}, { accepted: new Set(["ABC00001"]) }))).toEqual({ ABC00001: { version: 4, state: "deleted" } });
  expect(news(known({ ABC00001: [4, "deleted"] }), reading({ ABC00001: 2 }))).toEqual({ ABC00001: { version: 4, state: "revived" } });
});

test("a package that is missing while its site has to be recovered is lost, and reissued when its id is described again", () => {
  const there = known({ ABC00001: [4, "there"] });
  expect(news(there, reading({}, { isHeld: true }))).toEqual({ ABC00001: { version: 4, state: "lost" } });
  expect(news(known({ ABC00001: [4, "lost"] }), reading({ ABC00001: 1 }))).toEqual({ ABC00001: { version: 4, state: "reissued" } });
});

test("nothing is concluded about a package whose description has a fault", () => {
  const there = known({ ABC00001: [4, "there"] });
  expect(news(there, reading({}, { isHeld: true, faulty: new Set(["ABC00001"]) }))).toEqual({});
});

test("one lowered version is no sign against its site, and several are", () => {
  const before = known({ ABC00001: [4, "there"], ABC00002: [2, "there"] });
  expect(versionSigns("ABC", before, new Map([["ABC00001", 3]]))).toEqual([]);
  const lower = new Map([
    ["ABC00001", 3],
    ["ABC00002", 0],
  ]);
  expect(versionSigns("ABC", before, lower)).toEqual([
    expect.stringMatching(/^2 packages .*: ABC00001 3, and 4 was seen; ABC00002 none, and 2 was seen$/),
  ]);
});

test("packages are read from entries of the ledger as they were written, however many there are", () => {
  const many = new Map(
    Array.from({ length: 5000 }, (_, i) => {
      const id = `ABC${i.toString(16).toUpperCase().padStart(5, "0")}`;
      return [id, { version: i, state: i % 2 === 0 ? ("there" as const) : ("deleted" as const) }];
    }),
  );
  const parts = packagesAsDetails(many);
  expect(parts.length).toBeGreaterThan(3);
  expect(Math.max(...parts.map(({ packages = "" }) => packages.length))).toBeLessThan(20_000);
  const read = parts.reduce<KnownPackages>((before, details) => afterPackages(before, { at: 7, details }), new Map());
  expect(new Map([...read].map(([id, { version, state }]) => [id, { version, state }]))).toEqual(many);
});
