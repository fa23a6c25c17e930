import { expect, test } from "vitest";
import { parseListen, parseLogLevel } from "./config.ts";

test.each([
  ["127.0.0.1:7400", { host: "127.0.0.1", port: 7400 }],
  ["[::1]:0", { host: "::1", port: 0 }],
  ["siteserver:65535", { host: "siteserver", port: 65_535 }],
])("%s is an address to listen on", (text, address) => {
  expect(parseListen(text)).toEqual(address);
});

test.each(["7400", ":7400", "host:", "host:70000", "::1:7400", ""])("%s is refused with how to write it", (text) => {
  expect(() => parseListen(text)).toThrow(/write it like 127\.0\.0\.1:7400/);
});

test("an unknown log level is refused with the known ones", () => {
  expect(parseLogLevel("warn")).toBe("warn");
  expect(() => parseLogLevel("loud")).toThrow(/fatal, error, warn, info/);
});
