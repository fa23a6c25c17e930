import koffi from "koffi";
import { expect, test } from "vitest";
import { decodeOpenFiles, isBelow, openByClients, openFileType, openWords } from "./open-files.ts";

test("The list that Windows gives of open files is read as it lies in memory", () => {
  const files = [
    { id: 7, permissions: 1, locks: 0, path: "D:\\dp\\ABC00001\\setup.exe", user: "anna" },
    { id: 8, permissions: 1, locks: 0, path: "D:\\dp\\ABC00001\\\u00e4.dat", user: "" },
  ];
  const buffer: unknown = koffi.alloc(openFileType(), files.length);
  koffi.encode(buffer, koffi.array(openFileType(), files.length), files);
  const read = decodeOpenFiles(buffer, files.length);
  expect(read).toEqual(files.map(({ path, user }) => ({ path, user })));
  expect(openWords(read)).toBe("open is D:\\dp\\ABC00001\\setup.exe by anna, D:\\dp\\ABC00001\\ä.dat by a client without a name");
  expect(openWords([...read, ...read])).toMatch(/ and 1 more$/);
  expect([decodeOpenFiles(null, 0), openWords([])]).toEqual([[], ""]);
});

test("A file in a folder whose name begins alike is not in the folder", () => {
  expect(isBelow("d:\\DP\\abc00001\\a", "D:\\dp\\ABC00001")).toBe(true);
  expect(isBelow("D:\\dp\\ABC00001", "D:\\dp\\ABC00001")).toBe(true);
  expect(isBelow("D:\\dp\\ABC000012\\a", "D:\\dp\\ABC00001")).toBe(false);
});

test("Where the system has no such list, nothing is said", () => {
  expect(openByClients("D:\\dp")).toEqual([]);
});
