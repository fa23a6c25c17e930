import { expect, test } from "vitest";
import { junctionData } from "./junctions.ts";

test("what Windows is given for a junction states where it leads twice, as it opens it and as it shows it", () => {
  const data = junctionData("D:/dp/.sitewright/live/ABC00001~0badcafe");
  const target = "\\??\\D:\\dp\\.sitewright\\live\\ABC00001~0badcafe";
  expect([data.readUInt32LE(0), data.readUInt16LE(4), data.readUInt16LE(6)]).toEqual([0xa0000003, data.length - 8, 0]);
  const [from, length, shownFrom, shownLength] = [8, 10, 12, 14].map((at) => data.readUInt16LE(at)) as [number, number, number, number];
  const text = (at: number, bytes: number): string => data.toString("utf16le", 16 + at, 16 + at + bytes);
  expect(text(from, length)).toBe(target);
  expect(text(shownFrom, shownLength)).toBe(target.slice(4));
  expect([text(from + length, 2), text(shownFrom + shownLength, 2)]).toEqual(["\0", "\0"]);
  expect(data.length).toBe(16 + shownFrom + shownLength + 2);
  expect(junctionData(`\\\\?\\D:\\dp`)).toEqual(junctionData("D:\\dp"));
});
