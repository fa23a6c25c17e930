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
  "the path %s is accepted",
  (path) => {
    expect(parseTreePath(path)).toBe(path);
  },
);

test.each([
  ["a sibling", "P/a/link", "file", "P/a/file"],
  ["a folder above, inside", "P/a/b/link", "../../c/./file", "P/c/file"],
  ["the owned folder itself", "P/a/link", "..", "P"],
  ["a folder, with a slash at its end", "P/link", "v2/", "P/v2"],
  ["a file, with a slash twice", "P/a/link", "..//b//c", "P/b/c"],
])("a link to %s is accepted", (_, from, target, resolved) => {
  expect(resolveLink(from, target, "P")).toBe(resolved);
});

test.each([
  ["out of the owned folder", "../../x"],
  ["out and back in", "../../P/x"],
  ["to an absolute path", "/etc/passwd"],
  ["to a drive", "C:\\x"],
  ["to nothing", ""],
  ["to an absolute path with two slashes", "//host/share"],
  ["with a text that no system takes", "./".repeat(2048) + "x"],
])("a link %s is refused", (_, target) => {
  expect(() => resolveLink("P/a/link", target, "P")).toThrow(expect.objectContaining({ code: "UNSAFE_PATH" }));
});

const names = fc.array(fc.stringMatching(/^[a-z.\- !0-9]{1,4}$/), { minLength: 1, maxLength: 4 });

test("the canonical order is the order of the paths' names, so that a folder comes directly before what it holds", () => {
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

test.each([
  ["case", "Setup.EXE", "setup.exe"],
  ["case in Cyrillic", "\u0423\u0421\u0422", "\u0443\u0441\u0442"],
  ["the form of a Greek sigma", "\u039f\u0394\u039f\u03a3", "\u03bf\u03b4\u03bf\u03c3"],
  ["the sigma at the end of a word", "\u03bf\u03b4\u03bf\u03c2", "\u03bf\u03b4\u03bf\u03c3"],
  ["title case", "\u01c5", "\u01c6"],
  ["a long s", "\u017fet", "Set"],
  ["the micro sign", "10\u00b5m", "10\u03bcm"],
  ["the Kelvin sign", "300\u212a", "300k"],
  ["the Angstrom sign", "\u212b", "\u00e5"],
  ["a capital sharp s", "\u1e9e", "\u00df"],
  ["case beyond the first plane", "\u{10400}", "\u{10428}"],
  ["Unicode normalisation", "e\u0301", "\u00e9"],
  ["case and normalisation", "E\u0301", "\u00e9"],
])("names that differ by %s have the same fold", (_, a, b) => {
  expect(foldName(a)).toBe(foldName(b));
});

test.each([
  ["a dotless i and an i", "s\u0131n\u0131r", "sinir"],
  ["a sharp s and ss", "Ma\u00dfe", "Masse"],
  ["a ligature and its letters", "\ufb01nal", "final"],
  ["letters with and without an accent", "r\u00e9sum\u00e9", "resume"],
  ["wide and narrow letters", "\uff21", "A"],
])("names that differ by %s are different names, as on NTFS", (_, a, b) => {
  expect(foldName(a)).not.toBe(foldName(b));
});
