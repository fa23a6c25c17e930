import { expect, test } from "vitest";
import { withRoots } from "./role-roots.ts";

const root = (role: "cap" | "logon-point" | "dp", path: string) => ({ role, path });

test("added roots leave the others as they are, replace the one of a CAP or logon point, and are listed once", () => {
  const before = [root("cap", "/cap"), root("dp", "/d"), root("dp", "/e")];
  expect(withRoots(before, [root("logon-point", "/logon")])).toEqual([...before, root("logon-point", "/logon")]);
  expect(withRoots(before, [root("cap", "/new")])).toEqual([root("dp", "/d"), root("dp", "/e"), root("cap", "/new")]);
  expect(withRoots(before, [root("dp", "/d"), root("dp", "/f")])).toEqual([
    root("cap", "/cap"),
    root("dp", "/e"),
    root("dp", "/d"),
    root("dp", "/f"),
  ]);
});
