import { expect, test } from "vitest";
import { endpoint, parseCoordinatorUrl } from "./coordinator-url.ts";

test.each(["https://coordinator.example", "https://10.0.0.1:7400/sitewright"])("%s is taken", (text) => {
  expect(parseCoordinatorUrl(text).href).toContain(text);
});

test.each([
  ["http://localhost:7400", "https://localhost:7400/"],
  ["http://127.0.0.1:7400/sitewright", "https://127.0.0.1:7400/sitewright"],
  ["http://127.8.9.1", "https://127.8.9.1:80/"],
  ["http://[::1]:7400", "https://[::1]:7400/"],
])("an agent that is given %s uses TLS with it, at %s", (text, href) => {
  expect(parseCoordinatorUrl(text).href).toBe(href);
});

test.each([
  "http://coordinator.example",
  "http://10.0.0.1:7400",
  "http://localhost.evil.example",
  "http://127.0.0.1.evil.example",
  "http://[::2]",
])("%s is refused, with the advice to use https", (text) => {
  expect(() => parseCoordinatorUrl(text)).toThrow(
    expect.objectContaining({ code: "COORDINATOR_UNTRUSTED", message: expect.stringContaining("use https://") }),
  );
});

test.each(["coordinator", "ftp://localhost", "https://user:word@host", "https://host/?x=1", ""])("%j is not an address", (text) => {
  expect(() => parseCoordinatorUrl(text)).toThrow(expect.objectContaining({ code: "BAD_REQUEST" }));
});

test("paths are below the path under which a proxy serves the coordinator", () => {
  expect(endpoint(new URL("https://proxy.example/site/"), "/agent/v1", "ws").href).toBe("wss://proxy.example/site/agent/v1");
  expect(endpoint(new URL("https://localhost:7400"), "/api/v1/ca").href).toBe("https://localhost:7400/api/v1/ca");
});
