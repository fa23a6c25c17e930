import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "./connect.ts";

let dataDir: string;
beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), "sw-connect-"));
  writeFileSync(join(dataDir, "operator-token"), "from the folder\n");
  writeFileSync(join(dataDir, "coordinator.json"), JSON.stringify({ url: "https://localhost:7401" }));
  writeFileSync(join(dataDir, "ca.pem"), "PEM");
});
afterAll(() => rmSync(dataDir, { recursive: true }));

test("on its own machine a coordinator is found by its data folder, with the token and the CA that lie there", () => {
  expect(connect({ dataDir }, {})).toEqual({ url: new URL("https://localhost:7401"), token: "from the folder", ca: "PEM" });
});

test("options come before the environment, and that before the folder", () => {
  const env = { SITEWRIGHT_URL: "https://a.example", SITEWRIGHT_TOKEN: "given", SITEWRIGHT_DATA_DIR: dataDir };
  expect(connect({}, env)).toMatchObject({ url: new URL("https://a.example"), token: "given" });
  expect(connect({ url: "https://b.example" }, env)).toMatchObject({ url: new URL("https://b.example") });
});

test("the operator token never crosses a network in the clear", () => {
  expect(() => connect({ url: "http://site.example:7400", dataDir }, {})).toThrow(/in the clear: write https:\/\/site\.example:7400/);
  for (const url of ["http://127.0.0.1:7400", "http://[::1]:7400", "http://localhost:7400"])
    expect(connect({ url, dataDir }, {}).url.href).toBe(`${url}/`);
});
