import { expect, test } from "vitest";
import { brokenReferences, isReferring } from "./references.ts";

const whole = [
  { name: "ABCSystm.lkp", text: "; who reads what\r\n[Systems]\r\nABC:WS1=ws1.ins\r\n" },
  { name: "WS1.ins", text: "[Offers]\r\nOffer=ABC20001.OFR\r\nTimeout=5\r\n" },
  { name: "ABC20001.ofr", text: "[Advertisement]\r\nName=Office\r\npackage = abc00001\r\n" },
];
const offers = whole.map((file) => file.name);

test("a complete chain is found complete, whatever the case of its names", () => {
  expect(brokenReferences(whole, offers, ["ABC00001.PKG", "abc00001.nal"])).toEqual([]);
});

test("each missing link is named with its file and line", () => {
  expect(brokenReferences(whole, ["ABCSystm.lkp"], ["ABC00001.pkg"])).toEqual([
    { file: "ABCSystm.lkp", line: 3, missing: "ws1.ins", folder: "offerinf.box" },
    { file: "WS1.ins", line: 2, missing: "ABC20001.OFR", folder: "offerinf.box" },
    { file: "ABC20001.ofr", line: 3, missing: "abc00001.nal", folder: "pkginfo.box" },
  ]);
});

test("lines that are not understood are ignored", () => {
  const strange = [
    { name: "a.lkp", text: "\u0001\u0002 garbage = \u0003\r\nWS1=\r\nWS2=..\\x.ins\r\n;WS3=gone.ins\r\n=gone.ins" },
    { name: "b.ofr", text: "Package=whatever\r\nPackage" },
  ];
  expect(brokenReferences(strange, [], [])).toEqual([]);
});

test("only the three kinds of files that hold references are read", () => {
  expect(["x.LKP", "x.ins", "x.ofr", "x.pkg", "lkp"].map(isReferring)).toEqual([true, true, true, false, false]);
});
