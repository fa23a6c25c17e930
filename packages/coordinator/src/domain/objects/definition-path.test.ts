import { expect, test } from "vitest";
import { definitionAt } from "./definition-path.ts";

test("a file in an inbox for definitions is one by the end of its name, however both are written, and other files are none", () => {
  const offer = { folder: "OFFERINF.box", name: "ABC20001.OFR", kind: "advertisement", id: "ABC20001" };
  expect(definitionAt("CAP_ABC/OFFERINF.box/ABC20001.OFR")).toEqual(offer);
  expect(definitionAt("CAP_ABC/pkginfo.box/ABC00001.pkg")).toMatchObject({ kind: "program", id: "ABC00001" });
  for (const path of ["CAP_ABC/offerinf.box/ABC00001.pkg", "CAP_ABC/ddr.box/ABC20001.ofr", "CAP_ABC", ""])
    expect(definitionAt(path)).toBeUndefined();
});
