import fc from "fast-check";
import { expect, test } from "vitest";
import { comparePaths, foldName, isBelow, parseTreePath, resolveLink } from "./tree-path.ts";

const hostile: [why: string, path: string][] = [
  ["climbs out", "../x"],
  ["climbs out in the middle", "a/../../b"],
  ["is a dot", "a/./b"],
  ["is absolute", "/etc/passwd"],
  ["names a drive", "C:\\x"],
  ["names a drive with slashes", "C:/x"],
  ["holds a backslash", "a\\b"],
  ["holds NUL", "a\u0000b"],
  ["holds a control character", "a\u001fb"],
  ["is an alternate stream", "x:y"],
  ["is a device", "con"],
  ["is a device with an ending", "a/Lpt1.txt"],
  ["is a device in superscript", "COM\u00b9"],
  ["ends with a dot", "a/b."],
  ["ends with a space", "a /b"],
  ["has an empty name", "a//b"],
  ["ends with a slash", "a/"],
  ["is empty", ""],
  ["is no Unicode", "a\ud800"],
  ["has a wild card", "a*"],
  ["has a name over 255 bytes", "é".repeat(128)],
  ["is over 4096 bytes", "a/".repeat(2048) + "a"],
];

test.each(hostile)("a path that %s is refused", (_, path) => {
  expect(() => parseTreePath(path)).toThrow(expect.objectContaining({ code: "UNSAFE_PATH" }));
});

test.each(["a", "CAP_ABC/offerinf.box/ABCSystm.lkp", ".hidden", "a b/c-d_e+f", "ünïcode/日本", "console/comma/auxiliary", "é".repeat(127)])(
  "the path %s is carried",
  (path) => {
    expect(parseTreePath(path)).toBe(path);
  },
);

test.each([
  ["a sibling", "P/a/link", "file", "P/a/file"],
  ["a folder above, inside", "P/a/b/link", "../../c/./file", "P/c/file"],
  ["the owned folder itself", "P/a/link", "..", "P"],
])("a link to %s is carried", (_, from, target, resolved) => {
  expect(resolveLink(from, target, "P")).toBe(resolved);
});

test.each([
  ["out of the owned folder", "../../x"],
  ["out and back in", "../../P/x"],
  ["to an absolute path", "/etc/passwd"],
  ["to a drive", "C:\\x"],
  ["to nothing", ""],
])("a link %s is refused", (_, target) => {
  expect(() => resolveLink("P/a/link", target, "P")).toThrow(expect.objectContaining({ code: "UNSAFE_PATH" }));
});

const names = fc.array(fc.stringMatching(/^[a-z.\- !0-9]{1,4}$/), { minLength: 1, maxLength: 4 });

test("the canonical order is the order of the paths' names, so that a folder comes right before what it holds", () => {
  fc.assert(
    fc.property(names, names, (a, b) => {
      const differs = a.findIndex((name, i) => name !== b[i]);
      const expected =
        differs === -1 ? a.length - b.length : differs >= b.length ? 1 : (a[differs] as string) < (b[differs] as string) ? -1 : 1;
      expect(Math.sign(comparePaths(a.join("/"), b.join("/")))).toBe(Math.sign(expected));
    }),
  );
});

test("a path is below its folder, not below a folder whose name it continues", () => {
  expect([isBelow("P/a", "P"), isBelow("P", "P"), isBelow("Pa/b", "P")]).toEqual([true, true, false]);
});

test("names that differ by case or by Unicode normalisation fold to one", () => {
  expect(foldName("Setup.EXE")).toBe(foldName("setup.exe"));
  expect(foldName("e\u0301")).toBe(foldName("\u00e9"));
});
