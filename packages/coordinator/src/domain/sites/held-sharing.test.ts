import { expect, test } from "vitest";
import type { Held } from "@sitewright/protocol";
import { createSharing } from "./held.ts";

const generation = { epoch: 2, counter: 1_763_800_000_000_123 };
const manifest = "ab".repeat(32);
const full: Held = {
  unit: { role: "dp", name: "ABC00001" },
  highest: generation,
  live: { generation, manifest },
  staged: { generation: { ...generation, counter: 1_763_800_000_000_200 }, manifest: "cd".repeat(32) },
  previous: true,
  sourceVersion: 4,
  content: "ef".repeat(32),
  highestVersion: 5,
};
const bare: Held = { unit: { role: "cap", name: "CAP_ABC" }, previous: false, sourceVersion: 0 };
/** As it comes from an agent: with objects of its own. */
const read = (units: Held[]): Held[] => JSON.parse(JSON.stringify(units)) as Held[];

test("what systems hold is kept as they stated it, by unit", () => {
  const share = createSharing();
  for (let system = 0; system < 2; system++)
    expect(share(read([full, bare]))).toEqual(
      new Map([
        ["dp/ABC00001", full],
        ["cap/CAP_ABC", bare],
      ]),
    );
});

test("two systems that hold the same share its description in memory, and one that holds another generation does not", () => {
  const share = createSharing();
  const [one, same, other] = [full, full, { ...full, live: { generation: { epoch: 3, counter: 1 }, manifest } }].map((held) =>
    share(read([held])).get("dp/ABC00001"),
  );
  expect(same).toBe(one);
  expect(one?.unit).toBe(other?.unit);
  expect(other?.live).toEqual({ generation: { epoch: 3, counter: 1 }, manifest });
});

test("what differs in any one respect is not shared, and is found again among a few others", () => {
  const share = createSharing();
  const place = { generation: { epoch: 9, counter: 1 }, manifest };
  const { highest: _, staged: __, content: ___, highestVersion: ____, ...least } = full;
  const others: Held[] = [
    least,
    { ...full, highest: { epoch: 7, counter: 1 } },
    { ...full, live: place },
    { ...full, staged: place },
    { ...full, previous: false },
    { ...full, sourceVersion: 3 },
    { ...full, content: "other" },
    { ...full, highestVersion: 6 },
  ];
  const kept = others.map((held) => share(read([held])).get("dp/ABC00001"));
  expect(kept).toEqual(others);
  expect(new Set(kept).size).toBe(others.length);
  for (const [i, held] of others.entries()) expect(share(read([held])).get("dp/ABC00001")).toBe(kept[i]);
});
