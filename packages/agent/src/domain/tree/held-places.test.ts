import type { Generation, OwnedPath } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { heldPlaces, pathIn } from "./held-places.ts";
import type { StagingTree, UnitState } from "../unit-state.ts";

const generation: Generation = { epoch: 1, counter: 1 };
const owned: OwnedPath[] = [{ path: "ABC00001", kind: "folder", rights: "clients-read" }];
const staging: StagingTree = { generation, manifest: "new", owned, folder: "S", order: "o", sourceVersion: 1 };
const live = { generation, manifest: "old", sourceVersion: 1 };
const base: UnitState = { unit: { role: "dp", name: "ABC00001" }, root: "/dp", leftovers: [], retained: [] };

const paths = (state: UnitState, manifest: string) => heldPlaces(state, manifest).map((place) => pathIn(place, "ABC00001/a"));

test.each<[what: string, state: UnitState, manifest: string, paths: string[]]>([
  ["is being staged, or has just been exchanged", { ...base, staging, live }, "new", ["S/0/a", "ABC00001/a"]],
  ["is served", { ...base, staging, live }, "old", ["ABC00001/a"]],
  ["was found to be in place", { ...base, staging: { ...staging, inPlace: true }, live }, "new", ["ABC00001/a"]],
  ["was served before", { ...base, previous: { live, owned, folder: "P", expires: 0 } }, "old", ["P/0/a"]],
  ["is not known", { ...base, staging, live }, "other", []],
])("content of a manifest that %s", (_, state, manifest, expected) => expect(paths(state, manifest)).toEqual(expected));

test("a unit without a root holds nothing", () => {
  const { root: _, ...rootless } = base;
  expect(heldPlaces({ ...rootless, live }, "old")).toEqual([]);
});
