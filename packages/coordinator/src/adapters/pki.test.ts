import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { createServer, get } from "node:https";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { hostNames } from "./host-names.ts";
import { openPki } from "./pki.ts";

function dataDir(): string {
  const folder = mkdtempSync(join(tmpdir(), "sitewright-pki-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

const leaf = (chain: string) => new X509Certificate(chain);
const DAY = 86_400_000;

test("the CA is made once, is a CA, and its files are for their owner only", async () => {
  const folder = dataDir();
  const first = await openPki(folder);
  await first.serverTls(["localhost"]);
  const again = await openPki(folder);
  expect(again.caPem).toBe(first.caPem);
  const ca = new X509Certificate(first.caPem);
  expect(ca.ca).toBe(true);
  expect(first.caHash).toBe(createHash("sha256").update(ca.raw).digest("hex"));
  expect(readdirSync(folder).sort()).toEqual(["ca-key.pem", "ca.pem", "server-key.pem", "server.pem"]);
  for (const file of readdirSync(folder)) expect([file, statSync(join(folder, file)).mode & 0o777]).toEqual([file, 0o600]);
});

test("a client that trusts the CA, and nothing else, speaks to the server under each of its names", async () => {
  const pki = await openPki(dataDir());
  const server = createServer(await pki.serverTls(hostNames("127.0.0.1")), (_, reply) => reply.end("hello"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const ask = (servername: string, ca: string[]) =>
    new Promise((resolve) => {
      get(
        { host: "127.0.0.1", port: (server.address() as AddressInfo).port, servername, ca, agent: false, headers: { host: servername } },
        (reply) => resolve(reply.resume().statusCode),
      ).once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
    });
  expect(await ask("localhost", [pki.caPem])).toBe(200);
  expect(await ask(hostname(), [pki.caPem])).toBe(200);
  expect(await ask("", [pki.caPem])).toBe(200);
  expect(await ask("other.example", [pki.caPem])).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
  expect(await ask("localhost", [(await openPki(dataDir())).caPem])).not.toBe(200);
  server.close();
});

test("the server's certificate is kept until its names change or its end is near", async () => {
  const folder = dataDir();
  let now = Date.now();
  const pki = await openPki(folder, () => now);
  const first = leaf((await pki.serverTls(["localhost", "10.0.0.1"])).cert);
  expect(first.subjectAltName).toBe("IP Address:10.0.0.1, DNS:localhost");
  expect(leaf((await pki.serverTls(["10.0.0.1", "localhost"])).cert).serialNumber).toBe(first.serialNumber);
  const renamed = leaf((await pki.serverTls(["localhost", "10.0.0.2"])).cert);
  expect(renamed.checkIP("10.0.0.1")).toBeUndefined();
  now += 360 * DAY;
  expect(leaf((await pki.serverTls(["localhost", "10.0.0.2"])).cert).serialNumber).toBe(renamed.serialNumber);
  now += 10 * DAY;
  const renewed = leaf((await pki.serverTls(["localhost", "10.0.0.2"])).cert);
  expect(renewed.serialNumber).not.toBe(renamed.serialNumber);
  expect(renewed.verify(new X509Certificate(pki.caPem).publicKey)).toBe(true);
});

test("a CA without its key is not silently replaced by another", async () => {
  const folder = dataDir();
  await openPki(folder);
  rmSync(join(folder, "ca-key.pem"));
  await expect(openPki(folder)).rejects.toMatchObject({ code: "CONFLICT", path: join(folder, "ca-key.pem") });
});

test("a coordinator that listens everywhere is reached under every address of its machine", () => {
  expect(hostNames("0.0.0.0")).toEqual(expect.arrayContaining(["127.0.0.1", "localhost", hostname().toLowerCase()]));
  expect(hostNames("0.0.0.0")).not.toContain("0.0.0.0");
  expect(hostNames("Sitewright.Example")).toContain("sitewright.example");
});
