import { expect, test } from "vitest";
import { parseHourSpec } from "./commands/address.ts";

test.each([
  ["08-18=25%,18-08=100%", { "08-18": "25%", "18-08": "100%" }],
  ["08-18 = 512 kbit/s", { "08-18": "512 kbit/s" }],
  ["Mon-Fri 08-18=high; Sat,Sun 00-24=all", { "Mon-Fri 08-18": "high", "Sat,Sun 00-24": "all" }],
  ["Mon-Fri 08-18=high, Sat,Sun  00-24=all;", { "Mon-Fri 08-18": "high", "Sat,Sun 00-24": "all" }],
  ["", {}],
])("%o is parsed as a table by hours", (text, table) => {
  expect(parseHourSpec("--schedule", text)).toEqual(table);
});

test.each([
  ["high", '--schedule: "high" is not understood: write hours=value'],
  ["Mon 08-18=", '"Mon 08-18=" is not understood'],
  ["Mon 08-18=a=b", "is not understood"],
  ["08-18=1%,08-18=2%", '"08-18" occurs there twice'],
])("%o is refused with a message that names the fault", (text, words) => {
  expect(() => parseHourSpec("--schedule", text)).toThrow(words);
});
