import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { encodeCoordinatorMessage, LIMITS } from "@sitewright/protocol";
import { expect, onTestFinished, test } from "vitest";
import { WebSocketServer } from "ws";
import { makeTestCertificates, type TestCertificates } from "../../../test-support/certificates.ts";
import { CHALLENGE } from "../../../test-support/fake-coordinator.ts";
import { linkOpener } from "./coordinator-link.ts";

/** A coordinator over TLS that says one thing to whoever connects. Returns its address. */
async function startSecureServer({ serverKey, serverCert }: TestCertificates, greeting: Uint8Array): Promise<URL> {
  const server = createServer({ key: serverKey, cert: serverCert });
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => socket.send(greeting));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return new URL(`https://localhost:${(server.address() as AddressInfo).port}`);
}

const log = () => undefined;

test("over TLS the link is made to a coordinator of the authority that was joined", async () => {
  const certificates = await makeTestCertificates("localhost");
  const url = await startSecureServer(certificates, encodeCoordinatorMessage(CHALLENGE));
  const heard: unknown[] = [];
  const stop = new AbortController();
  const open = linkOpener({ url, name: "SRVABC", ca: certificates.caPem, log });
  const end = await open((message) => {
    heard.push({ ...message, nonce: [...CHALLENGE.nonce] });
    stop.abort();
  }, stop.signal);
  expect(heard).toEqual([{ ...CHALLENGE, nonce: [...CHALLENGE.nonce] }]);
  expect(end.reason).toBe("the agent stops");
});

test("a coordinator with a certificate of another authority hears nothing", async () => {
  const [certificates, others] = await Promise.all([makeTestCertificates("localhost"), makeTestCertificates("localhost")]);
  const url = await startSecureServer(certificates, encodeCoordinatorMessage(CHALLENGE));
  const heard: unknown[] = [];
  const end = await linkOpener({ url, name: "SRVABC", ca: others.caPem, log })(
    (message) => heard.push(message),
    new AbortController().signal,
  );
  expect(heard).toEqual([]);
  expect(end.reason).toMatch(/certificate|signature/);
});

test("a message over the limit ends the link before it is in memory", async () => {
  const certificates = await makeTestCertificates("localhost");
  const url = await startSecureServer(certificates, new Uint8Array(LIMITS.controlFrame + 1));
  const end = await linkOpener({ url, name: "SRVABC", ca: certificates.caPem, log })(() => undefined, new AbortController().signal);
  expect(end.reason).toContain("Max payload size exceeded");
});

test("a link that cannot be made ends with the reason", async () => {
  const open = linkOpener({ url: new URL("http://127.0.0.1:1"), name: "SRVABC", ca: "", log });
  expect((await open(() => undefined, new AbortController().signal)).reason).toContain("ECONNREFUSED");
});
