import { expect, test } from "vitest";
import { inSwitchOrder, isPart, topOfPart } from "./switch-parts.ts";

const row = (path: string, isIn = true) => ({ path, place: `0/${path}`, in: isIn ? "1:1" : undefined });

test("what clients are led to becomes live first and what leads to it last; what goes away goes after all, in reverse", () => {
  const rows = [
    row("a.lkp"),
    row("b.LKP", false),
    row("c.ins"),
    row("d.ofr", false),
    row("e.nal"),
    row("f.exe"),
    row("g.ins", false),
    row("h.pkg"),
  ];
  expect(inSwitchOrder(rows).map(({ path }) => path)).toEqual(["f.exe", "e.nal", "h.pkg", "c.ins", "a.lkp", "b.LKP", "g.ins", "d.ofr"]);
});

test("a part of an owned path names it", () => {
  expect([isPart({ place: "3" }), isPart({ place: "3/a" })]).toEqual([false, true]);
  expect(topOfPart({ path: "CAP_ABC/offerinf.box/x/y.ofr", place: "12/x/y.ofr" })).toBe("CAP_ABC/offerinf.box");
});
