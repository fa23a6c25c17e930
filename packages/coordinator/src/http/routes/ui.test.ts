import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { startEndpoints } from "../../../test-support/endpoints.ts";

const folder = mkdtempSync(join(tmpdir(), "sitewright-ui-"));
mkdirSync(join(folder, "ui/assets"), { recursive: true });
writeFileSync(join(folder, "ui/index.html"), "<!doctype html><title>Sitewright</title>");
writeFileSync(join(folder, "ui/assets/app-1234.js"), "export {};");
writeFileSync(join(folder, "secret.txt"), "no page of the user interface");
afterAll(() => rmSync(folder, { recursive: true }));

const ui = join(folder, "ui");

test("the page is served without authentication, never from a cache, and permits no foreign content", async () => {
  await using at = await startEndpoints({ ui });
  const reply = await fetch(at.url);
  expect(await reply.text()).toContain("<title>Sitewright</title>");
  expect(reply.headers.get("content-type")).toContain("text/html");
  expect(reply.headers.get("cache-control")).toBe("no-cache");
  const policy = reply.headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self'");
  expect(policy).not.toMatch(/unsafe|https?:/);
  expect(reply.headers.get("strict-transport-security")).toBeNull();
});

test("assets, whose names change with their content, may be cached for a year", async () => {
  await using at = await startEndpoints({ ui });
  const reply = await fetch(`${at.url}/assets/app-1234.js`);
  expect([reply.status, await reply.text()]).toEqual([200, "export {};"]);
  expect(reply.headers.get("content-type")).toContain("javascript");
  expect(reply.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
});

test.each([
  "/assets/missing.js",
  "/assets/../../secret.txt",
  "/assets/%2e%2e/%2e%2e/secret.txt",
  "/assets/..%2f..%2fsecret.txt",
  "/secret.txt",
  "/index.html",
])("there is nothing at %s", async (path) => {
  await using at = await startEndpoints({ ui });
  const { status, text } = await raw(at.url, path);
  expect([403, 404]).toContain(status);
  expect(text).not.toContain("business");
});

/** `fetch` would resolve the dots itself. */
function raw(url: string, path: string): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    request(url, { path, agent: false }, (reply) => {
      let text = "";
      reply.on("data", (part) => (text += String(part)));
      reply.on("end", () => resolve({ status: reply.statusCode, text }));
    })
      .once("error", reject)
      .end();
  });
}
