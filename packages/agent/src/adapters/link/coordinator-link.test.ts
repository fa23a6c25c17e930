import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { createServer as createPlainServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { encodeCoordinatorMessage, LIMITS } from "@sitewright/protocol";
import { expect, onTestFinished, test } from "vitest";
import { WebSocketServer } from "ws";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { makeTestCertificates, TEST_CERTIFICATES, type TestCertificates } from "@sitewright/testkit/certificates";
import { CHALLENGE, WELCOME } from "@sitewright/testkit/fake-coordinator";
import { linkOpener } from "./coordinator-link.ts";
import { openReservation, type Reservation } from "./reservation.ts";

/** A coordinator over TLS that sends one message to every client. Returns its address. */
async function startSecureServer(
  { serverKey, serverCert }: TestCertificates,
  greeting: Uint8Array,
  secured: (stream: TLSSocket) => void = () => undefined,
): Promise<URL> {
  const server = createServer({ key: serverKey, cert: serverCert });
  server.on("secureConnection", secured);
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
const DAY = 86_400_000;

test("over TLS the agent connects to a coordinator of the joined authority", async () => {
  const certificates = await makeTestCertificates("localhost");
  const url = await startSecureServer(certificates, encodeCoordinatorMessage(CHALLENGE));
  const heard: unknown[] = [];
  const stop = new AbortController();
  const open = linkOpener({ coordinator: { url, ca: certificates.caPem }, name: "SRVABC", log });
  const end = await open((message) => {
    heard.push({ ...message, nonce: [...CHALLENGE.nonce] });
    stop.abort();
  }, stop.signal);
  expect(heard).toEqual([{ ...CHALLENGE, nonce: [...CHALLENGE.nonce] }]);
  expect(end.reason).toBe("the agent stops");
});

test("an agent that connects again resumes its TLS session, but not with another authority", async () => {
  const [certificates, others] = await Promise.all([makeTestCertificates("localhost"), makeTestCertificates("localhost")]);
  const resumed: boolean[] = [];
  const url = await startSecureServer(certificates, encodeCoordinatorMessage(CHALLENGE), (stream) =>
    resumed.push(stream.isSessionReused()),
  );
  const coordinator = { url, ca: certificates.caPem };
  const open = linkOpener({ coordinator, name: "SRVABC", log });
  const connect = async (): Promise<string> => {
    const stop = new AbortController();
    return (await open(() => stop.abort(), stop.signal)).reason;
  };
  await connect();
  await connect();
  expect(resumed).toEqual([false, true]);
  coordinator.ca = others.caPem;
  expect(await connect()).toMatch(/^COORDINATOR_UNTRUSTED/);
});

test("to a coordinator with a certificate of another authority nothing is sent", async () => {
  const [certificates, others] = await Promise.all([makeTestCertificates("localhost"), makeTestCertificates("localhost")]);
  const url = await startSecureServer(certificates, encodeCoordinatorMessage(CHALLENGE));
  const heard: unknown[] = [];
  const end = await linkOpener({ coordinator: { url, ca: others.caPem }, name: "SRVABC", log })(
    (message) => heard.push(message),
    new AbortController().signal,
  );
  expect(heard).toEqual([]);
  const [expected, shown] = [others, certificates].map(({ caPem }) =>
    new X509Certificate(caPem).fingerprint256.replaceAll(":", "").toLowerCase(),
  );
  expect(end.reason).toMatch(
    new RegExp(
      `^COORDINATOR_UNTRUSTED: ${url.host} is not the coordinator .* SHA-256 ${expected}, shown was ${shown} .*sitewright-agent join`,
    ),
  );
});

test("a server with a certificate outside its validity is refused, with both clocks named", async () => {
  for (const [from, to] of [
    [DAY, 2 * DAY],
    [-2 * DAY, -DAY],
  ] as const) {
    const certificates = await makeTestCertificates("localhost", {
      notBefore: new Date(Date.now() + from),
      notAfter: new Date(Date.now() + to),
    });
    const url = await startSecureServer(certificates, encodeCoordinatorMessage(CHALLENGE));
    const open = linkOpener({ coordinator: { url, ca: certificates.caPem }, name: "SRVABC", log });
    const end = await open(() => expect.unreachable("it was heard"), new AbortController().signal);
    expect(end.reason).toMatch(
      /COORDINATOR_UNTRUSTED: the certificate of localhost:\d+ holds from .* the clock of this machine says .* set the clock/,
    );
  }
});

test("a certificate that the authority issued again for its key is accepted in place of one that a wrong clock made", async () => {
  const later = { notBefore: new Date(Date.now() + 1000 * DAY), notAfter: new Date(Date.now() + 2000 * DAY) };
  const certificates = await makeTestCertificates("localhost", undefined, later);
  const url = await startSecureServer(certificates, encodeCoordinatorMessage(CHALLENGE));
  const coordinator = { url, ca: certificates.earlierCaPem };
  const open = linkOpener({ coordinator, name: "SRVABC", log, onRenewed: (ca) => (coordinator.ca = ca) });
  const refused = await open(() => expect.unreachable("it was heard"), new AbortController().signal);
  expect(refused.reason).toMatch(/holds from .* clock .* renewed its own/);
  expect(new X509Certificate(coordinator.ca).fingerprint256).toBe(new X509Certificate(certificates.caPem).fingerprint256);
  const stop = new AbortController();
  const heard: unknown[] = [];
  await open((message) => {
    heard.push(message.kind);
    stop.abort();
  }, stop.signal);
  expect(heard).toEqual(["challenge"]);
});

test("an authority of the same name with another key is not accepted as a renewed one", async () => {
  const past = { notBefore: new Date(Date.now() - 20 * DAY), notAfter: new Date(Date.now() - 10 * DAY) };
  const { earlierCaPem } = await makeTestCertificates("localhost", undefined, past);
  const url = await startSecureServer(await makeTestCertificates("localhost"), encodeCoordinatorMessage(CHALLENGE));
  const onRenewed = () => expect.unreachable("it was believed");
  const open = linkOpener({ coordinator: { url, ca: earlierCaPem }, name: "SRVABC", log, onRenewed });
  const { reason } = await open(() => expect.unreachable("it was heard"), new AbortController().signal);
  expect(reason).toContain("is not the coordinator that this agent joined");
});

test("to a server without TLS nothing is sent", async () => {
  const heard: string[] = [];
  const squatter = createPlainServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      heard.push(data.toString("latin1"));
      socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    });
  });
  squatter.listen(0, "127.0.0.1");
  await once(squatter, "listening");
  onTestFinished(() => void squatter.close());
  const url = new URL(`https://localhost:${(squatter.address() as AddressInfo).port}`);
  const open = linkOpener({ coordinator: { url, ca: TEST_CERTIFICATES.caPem }, name: "SRVABC", log });
  const end = await open(() => expect.unreachable("it was heard"), new AbortController().signal);
  expect(end.reason).toContain("does not speak TLS");
  expect(heard.join("")).not.toContain("SRVABC");
});

test("NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment does not weaken the check", async () => {
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
  onTestFinished(() => void delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"]);
  const others = await makeTestCertificates("localhost");
  const url = await startSecureServer(TEST_CERTIFICATES, encodeCoordinatorMessage(CHALLENGE));
  const end = await linkOpener({ coordinator: { url, ca: others.caPem }, name: "SRVABC", log })(
    () => expect.unreachable("it was heard"),
    new AbortController().signal,
  );
  expect(end.reason).toContain("is not the coordinator that this agent joined");
});

test("a message over the limit ends the link before it is in memory", async () => {
  const certificates = await makeTestCertificates("localhost");
  const url = await startSecureServer(certificates, new Uint8Array(LIMITS.controlFrame + 1));
  const end = await linkOpener({ coordinator: { url, ca: certificates.caPem }, name: "SRVABC", log })(
    () => undefined,
    new AbortController().signal,
  );
  expect(end.reason).toContain("Max payload size exceeded");
});

test("a link that cannot be made ends with the reason", async () => {
  const open = linkOpener({ coordinator: { url: new URL("https://127.0.0.1:1"), ca: TEST_CERTIFICATES.caPem }, name: "SRVABC", log });
  expect((await open(() => undefined, new AbortController().signal)).reason).toContain("ECONNREFUSED");
});

test("the reservation of a welcome is shown with the next connection, also after a restart of the agent", async () => {
  const shown: unknown[] = [];
  const { serverKey, serverCert, caPem } = TEST_CERTIFICATES;
  const server = createServer({ key: serverKey, cert: serverCert });
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket, { headers }) => {
    shown.push(headers["x-sitewright-reservation"]);
    socket.send(encodeCoordinatorMessage({ ...WELCOME, reservation: `place.${shown.length}` }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const url = new URL(`https://localhost:${(server.address() as AddressInfo).port}`);
  const dataDir = temporaryFolder();
  const connectOnce = async (reservation: Reservation): Promise<void> => {
    const stop = new AbortController();
    await linkOpener({ coordinator: { url, ca: caPem }, name: "SRVABC", reservation, log })(() => stop.abort(), stop.signal);
  };
  const reservation = await openReservation(dataDir, log);
  await connectOnce(reservation);
  await connectOnce(reservation);
  const kept = () => readFileSync(join(dataDir, "reservation"), "utf8");
  await expect.poll(kept).toBe("place.2\n");
  await connectOnce(await openReservation(dataDir, log));
  await expect.poll(kept).toBe("place.3\n");
  expect(shown).toEqual([undefined, "place.1", "place.2"]);
});

test("an invalid reservation is not sent", async () => {
  const dataDir = temporaryFolder();
  writeFileSync(join(dataDir, "reservation"), "a\r\nhost: evil.example\r\n");
  expect((await openReservation(dataDir, log)).current()).toBeUndefined();
});
