import { expect, test } from "vitest";
import { readTransactionHistory } from "./trs-file.ts";

test("the highest transaction id of all sections is found, whatever the keys hold", () => {
  const text = [
    "SMS_COMPONENT_STATUS_SUMMARIZER]",
    "ABC=7382",
    "[SITECTRLCT2SRCSITE]",
    "SEC=7280",
    "",
    "[PKGSTATUSDATA]",
    'ABC00001|SEC|["DISPLAY=\\\\SRVSEC\\"]MSWNET:["SMS_SITE=SEC"]\\\\SRVSEC\\|2=9018',
  ].join("\r\n");
  expect(readTransactionHistory(text)).toEqual({ highest: 9018, strange: [] });
});

test("a file without an entry states nothing, and invalid lines are reported by their number", () => {
  expect(readTransactionHistory("[PKGSTATUSDATA]\n\n")).toEqual({ highest: undefined, strange: [] });
  expect(readTransactionHistory("[A]\nABC=12x\nSEC=99999999999\nABC=3")).toEqual({ highest: 3, strange: [2, 3] });
});
