import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeCa } from "../adapters/certificates.ts";
import { connect } from "./connect.ts";

let dataDir: string;
let ca: string;
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "sw-connect-"));
  ca = (await makeCa(Date.now())).cert;
  writeFileSync(join(dataDir, "operator-token"), "from the folder\n");
  writeFileSync(join(dataDir, "coordinator.json"), JSON.stringify({ url: "https://localhost:7401" }));
  writeFileSync(join(dataDir, "ca.pem"), ca);
});
afterAll(() => rmSync(dataDir, { recursive: true }));

test("on its own machine a coordinator is found by its data folder, with the token and the CA stored there", () => {
  const url = new URL("https://localhost:7401");
  const found = connect({ dataDir }, {});
  expect(found).toMatchObject({ url, pageUrl: url, token: "from the folder" });
  expect(found.ca.raw.equals(new X509Certificate(ca).raw)).toBe(true);
});

test("options take precedence over the environment, and the environment over the folder", () => {
  const env = { SITEWRIGHT_URL: "https://a.example", SITEWRIGHT_TOKEN: "given", SITEWRIGHT_DATA_DIR: dataDir };
  expect(connect({}, env)).toMatchObject({ url: new URL("https://a.example"), token: "given" });
  expect(connect({ url: "https://b.example" }, env)).toMatchObject({ url: new URL("https://b.example") });
});

test("the operator token is never sent over a network without TLS", () => {
  expect(() => connect({ url: "http://site.example:7400", dataDir }, {})).toThrow(/unencrypted: write https:\/\/site\.example:7400/);
});

test("on loopback the program connects over TLS, and a browser is sent to the address that was given", () => {
  for (const host of ["127.0.0.1:7400", "[::1]:7400", "localhost:80"]) {
    const { url, pageUrl } = connect({ url: `http://${host}`, dataDir }, {});
    expect([url.href, pageUrl.href]).toEqual([`https://${host}/`, new URL(`http://${host}`).href]);
  }
});

test("without the CA the program connects to no server, and says what to do", () => {
  const env = { SITEWRIGHT_TOKEN: "given", SITEWRIGHT_DATA_DIR: join(dataDir, "nowhere") };
  const untrusted = (message: RegExp) =>
    expect.objectContaining({ code: "COORDINATOR_UNTRUSTED", message: expect.stringMatching(message) as string });
  expect(() => connect({ url: "http://127.0.0.1:7400" }, env)).toThrow(untrusted(/no CA .*ca\.pem.* --ca FILE/));
  expect(() => connect({ url: "http://127.0.0.1:7400", ca: join(dataDir, "operator-token") }, env)).toThrow(
    untrusted(/holds no certificate/),
  );
  expect(() => connect({ url: "http://127.0.0.1:7400", ca: join(dataDir, "nowhere") }, env)).toThrow(untrusted(/is not there/));
});
