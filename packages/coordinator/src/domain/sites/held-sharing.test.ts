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
  expect(one?.live).toBe(same?.live);
  expect(one?.unit).toBe(other?.unit);
  expect(other?.live).toEqual({ generation: { epoch: 3, counter: 1 }, manifest });
});
