import { expect, test } from "vitest";
import { parseListen, parseLogLevel } from "./config.ts";

test.each([
  ["127.0.0.1:7400", { host: "127.0.0.1", port: 7400 }],
  ["[::1]:0", { host: "::1", port: 0 }],
  ["siteserver:65535", { host: "siteserver", port: 65_535 }],
])("%s is where to listen", (text, address) => {
  expect(parseListen(text)).toEqual(address);
});

test.each(["7400", ":7400", "host:", "host:70000", "::1:7400", ""])("%s is refused with how to write it", (text) => {
  expect(() => parseListen(text)).toThrow(/write it like 127\.0\.0\.1:7400/);
});

test("a log level that does not exist is refused with those that do", () => {
  expect(parseLogLevel("warn")).toBe("warn");
  expect(() => parseLogLevel("loud")).toThrow(/fatal, error, warn, info/);
});
