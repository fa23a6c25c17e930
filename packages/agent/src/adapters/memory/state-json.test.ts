import { expect, test } from "vitest";
import type { Retained, UnitState } from "../../domain/unit-state.ts";
import { decodeState, decodeSwitch, encodeState, encodeSwitch } from "./unit-store.ts";

const kept = (path: string, expires: number, side: Retained["side"]): Retained => ({ path, inode: `:${path.length}`, expires, side });
const STATE: UnitState = {
  unit: { role: "cap", name: "CAP_ABC" },
  leftovers: [],
  retained: [
    kept("CAP_ABC/offerinf.box/one.ins", 5, "live"),
    kept("CAP_ABC/offerinf.box/deep/two.ofr", 5, "live"),
    kept("CAP_ABC/offerinf.box/three.ofr", 7, "live"),
    kept("CAP_ABC/offerinf.box/one.ins", 5, "previous"),
  ],
};

test("Reading a stored state and a stored switch yields the same values", () => {
  expect(decodeState(encodeState(STATE))).toEqual(STATE);
  const pending = { root: "/srv/cap", folder: "a", keepAt: "b", rows: [], after: STATE };
  expect(decodeSwitch(encodeSwitch(pending))).toEqual(pending);
});

test("A thousand references kept for one grace time take some bytes each", () => {
  const retained = Array.from({ length: 1000 }, (_, i) => kept(`CAP_ABC/offerinf.box/G1C${i}.ins`, 1_700_000_000_000, "live"));
  expect(encodeState({ ...STATE, retained }).length).toBeLessThan(20_000);
});
