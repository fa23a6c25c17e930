import { createHash, webcrypto, X509Certificate } from "node:crypto";
import { readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, get } from "node:https";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import "reflect-metadata";
import { BasicConstraintsExtension, KeyUsageFlags, KeyUsagesExtension, PemConverter, X509CertificateGenerator } from "@peculiar/x509";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import type { KeyAndCertificate } from "./certificates.ts";
import { hostNames } from "./host-names.ts";
import { openPki } from "./pki.ts";

/** A server with a certificate, and its answer to a client that uses a name and trusts these authorities. */
async function serve(tls: KeyAndCertificate): Promise<{ ask: (servername: string, ca: string[]) => Promise<unknown> } & AsyncDisposable> {
  const server = createServer(tls, (_, reply) => reply.end("hello"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    ask: (servername, ca) =>
      new Promise((resolve) => {
        get(
          { host: "127.0.0.1", port: (server.address() as AddressInfo).port, servername, ca, agent: false, headers: { host: servername } },
          (reply) => resolve(reply.resume().statusCode),
        ).once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const leaf = (chain: string) => new X509Certificate(chain);
const DAY = 86_400_000;

test("the CA is made once, is a CA, and its files are readable by their owner only", async () => {
  const folder = temporaryFolder();
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

test("a client that trusts only the CA connects to the server under each of its names", async () => {
  const pki = await openPki(temporaryFolder());
  await using server = await serve(await pki.serverTls(hostNames("127.0.0.1")));
  const { ask } = server;
  expect(await ask("localhost", [pki.caPem])).toBe(200);
  expect(await ask(hostname(), [pki.caPem])).toBe(200);
  expect(await ask("", [pki.caPem])).toBe(200);
  expect(await ask("other.example", [pki.caPem])).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
  expect(await ask("localhost", [(await openPki(temporaryFolder())).caPem])).not.toBe(200);
});

test("the server's certificate is kept until its names change or it is about to expire", async () => {
  const folder = temporaryFolder();
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

test("a certificate made while a clock was years ahead is renewed once the clock is right, and the clock is named", async () => {
  const folder = temporaryFolder();
  const ahead = leaf((await (await openPki(folder, () => Date.UTC(2031, 0, 1))).serverTls(["localhost"])).cert);
  const told: string[] = [];
  const pki = await openPki(folder, Date.now, (why) => void told.push(why));
  const renewed = leaf((await pki.serverTls(["localhost"])).cert);
  expect(renewed.serialNumber).not.toBe(ahead.serialNumber);
  expect(renewed.validFromDate.getTime()).toBeLessThan(Date.now() - 300 * DAY);
  expect(told).toEqual([
    expect.stringMatching(
      /renewed: it is valid only from 2030-01-01T00:00 UTC on, made while a clock was ahead, and the clock of this machine says/,
    ),
  ]);
  expect(leaf((await pki.serverTls(["localhost"])).cert).serialNumber).toBe(renewed.serialNumber);
});

test.each([1970, 1999, 2049, 2100])("a CA that is made while the clock says %i is valid whatever clocks say later", async (year) => {
  const folder = temporaryFolder();
  const made = await openPki(folder, () => Date.UTC(year, 5, 1));
  const told: string[] = [];
  const pki = await openPki(folder, Date.now, (why) => void told.push(why));
  expect([pki.caHash, told]).toEqual([made.caHash, []]);
  await using server = await serve(await pki.serverTls(["localhost"]));
  expect(await server.ask("localhost", [made.caPem])).toBe(200);
});

/** A CA as earlier versions made it, valid for twenty years from a given time. */
async function olderCa(folder: string, from: number): Promise<X509Certificate> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: "CN=Sitewright CA of old",
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(from),
    notAfter: new Date(from + 20 * 365 * DAY),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  const key = PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), PemConverter.PrivateKeyTag);
  writeFileSync(join(folder, "ca-key.pem"), key, { mode: 0o600 });
  writeFileSync(join(folder, "ca.pem"), certificate.toString("pem"), { mode: 0o600 });
  return new X509Certificate(certificate.toString("pem"));
}

test("a CA made by a wrong clock for another time is issued again for the same key, so that no client is locked out that was not already", async () => {
  for (const from of [Date.UTC(2035, 0, 1), Date.UTC(1990, 0, 1)]) {
    const folder = temporaryFolder();
    const old = await olderCa(folder, from);
    const told: string[] = [];
    const pki = await openPki(folder, Date.now, (why) => void told.push(why));
    expect(told).toEqual([expect.stringMatching(/issued again for the same key.* clock /)]);
    const again = new X509Certificate(pki.caPem);
    expect([again.subject, again.publicKey.equals(old.publicKey), again.checkIssued(old), again.verify(old.publicKey)]).toEqual([
      old.subject,
      true,
      true,
      true,
    ]);
    await using server = await serve(await pki.serverTls(["localhost"]));
    expect(await server.ask("localhost", [pki.caPem])).toBe(200);
    expect((await openPki(folder)).caHash).toBe(pki.caHash);
  }
});

test("a start with a clock decades ahead locks out no client that holds a CA of an earlier version", async () => {
  const folder = temporaryFolder();
  const old = await olderCa(folder, Date.now() - DAY);
  await (await openPki(folder, () => Date.UTC(2060, 0, 1))).serverTls(["localhost"]);
  const pki = await openPki(folder);
  expect(pki.caPem.trim()).not.toBe(old.toString().trim());
  await using server = await serve(await pki.serverTls(["localhost"]));
  expect(await server.ask("localhost", [old.toString()])).toBe(200);
});

test("a valid CA of an earlier version is kept as it is", async () => {
  const folder = temporaryFolder();
  const old = await olderCa(folder, Date.now() - DAY);
  expect(new X509Certificate((await openPki(folder)).caPem).fingerprint256).toBe(old.fingerprint256);
});

test("a CA without its key is not silently replaced by another", async () => {
  const folder = temporaryFolder();
  await openPki(folder);
  rmSync(join(folder, "ca-key.pem"));
  await expect(openPki(folder)).rejects.toMatchObject({ code: "CONFLICT", path: join(folder, "ca-key.pem") });
});

test("a coordinator that listens everywhere is reached under every address of its machine", () => {
  expect(hostNames("0.0.0.0")).toEqual(expect.arrayContaining(["127.0.0.1", "localhost", hostname().toLowerCase()]));
  expect(hostNames("0.0.0.0")).not.toContain("0.0.0.0");
  expect(hostNames("Sitewright.Example")).toContain("sitewright.example");
});
