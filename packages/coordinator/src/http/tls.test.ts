import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { get, request } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as tlsConnect } from "node:tls";
import { expect, test, vi } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { dial, helloTo, makeAgentKey } from "@sitewright/testkit/agent-wire";
import { OPERATOR, startEndpoints, TEST_TLS } from "../../test-support/endpoints.ts";
import { serveUnit } from "../../test-support/served-unit.ts";
import { hostNames } from "../adapters/host-names.ts";
import { openPki } from "../adapters/pki.ts";

function statusOf(url: string, ca: string, maxVersion: "TLSv1.2" | "TLSv1.3" = "TLSv1.3"): Promise<number | string | undefined> {
  return new Promise((resolve) => {
    get(`${url}/healthz`, { ca, maxVersion, agent: false }, (reply) => resolve(reply.resume().statusCode)).once(
      "error",
      (error: NodeJS.ErrnoException) => resolve(error.code),
    );
  });
}

test("over TLS, a session's cookie is never sent without it, and a sign-in link leads to https", async () => {
  const folder = temporaryFolder();
  const pki = await openPki(folder);
  await using at = await startEndpoints({ tls: await pki.serverTls(hostNames("127.0.0.1")) });
  const post = async (path: string, body: object): Promise<{ cookie: string; text: string }> => {
    const headers = { authorization: `Bearer ${OPERATOR}`, "content-type": "application/json" };
    const sent = request(`${at.url}${path}`, { method: "POST", ca: pki.caPem, agent: false, headers }).end(JSON.stringify(body));
    const [reply] = (await once(sent, "response")) as [IncomingMessage];
    return { cookie: String(reply.headers["set-cookie"]), text: await textOf(reply) };
  };
  expect((await post("/api/v1/session", { token: OPERATOR })).cookie).toMatch(/; HttpOnly; Secure; SameSite=Strict$/);
  const { text } = await post("/api/v1/sign-in-codes", {});
  expect((JSON.parse(text) as { url: string }).url.startsWith(`${at.url}/#/sign-in/`)).toBe(true);
});

test("over TLS, a client that trusts the CA reaches the API and the agents' WebSocket", async () => {
  const folder = temporaryFolder();
  const pki = await openPki(join(folder, "ours"));
  const foreign = await openPki(join(folder, "foreign"));
  await using at = await startEndpoints({ tls: await pki.serverTls(hostNames("127.0.0.1")) });
  expect(at.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  expect(await statusOf(at.url, pki.caPem)).toBe(200);
  expect(await statusOf(at.url, foreign.caPem)).toMatch(/CERT|SIGNATURE/);
  expect(await statusOf(at.url, pki.caPem, "TLSv1.2")).toMatch(/^(ERR_SSL|EPROTO|ECONNRESET)/);

  const keys = makeAgentKey();
  await at.registry.setKey("SRV1", keys.der);
  const agent = dial(at.url, "SRV1", { ca: pki.caPem });
  agent.say(helloTo(await agent.challenge(), "SRV1", keys.privateKey));
  expect(await agent.next()).toMatchObject({ kind: "welcome" });
  const wary = dial(at.url, "SRV1", { ca: foreign.caPem });
  expect((await wary.closed).code).toBe(1006);
});

test("over TLS, content arrives as without", async () => {
  const folder = temporaryFolder();
  const pki = await openPki(folder);
  await using unit = await serveUnit({ "a.bin": noise(700_000, 1) }, { tls: await pki.serverTls(hostNames("127.0.0.1")) });
  const { token } = await unit.connect("SRV1", pki.caPem);
  const stream = await unit.open(token, { ca: pki.caPem });
  stream.ask([[0, unit.chunks.length - 1]]);
  await vi.waitFor(() => expect(stream.frames.reduce((sum, { count }) => sum + count, 0)).toBe(unit.chunks.length), 20_000);
  const content = Buffer.concat(stream.frames.map((frame) => frame.content));
  expect(content.equals(unit.content(0, unit.chunks.length - 1))).toBe(true);
});

/** What a server answers first to these bytes, sent piece by piece; undefined once it ended the connection. */
async function answerTo(port: number, ...pieces: (string | Uint8Array)[]): Promise<string | undefined> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  const ended = new Promise<undefined>((resolve) => socket.once("close", () => resolve(undefined)));
  socket.on("error", () => undefined);
  const answer = new Promise<string>((resolve) => socket.once("data", (data) => resolve(String(data))));
  for (const piece of pieces) {
    socket.write(piece);
    await sleep(20);
  }
  const first = await Promise.race([answer, ended]);
  socket.destroy();
  return first;
}

test("on loopback one port answers HTTP with TLS and without, in whatever pieces a request arrives", async () => {
  const folder = temporaryFolder();
  const pki = await openPki(folder);
  await using at = await startEndpoints({ tls: await pki.serverTls(hostNames("127.0.0.1")), plain: true });
  const port = Number(new URL(at.url).port);
  expect(at.url).toBe(`http://127.0.0.1:${port}`);
  expect((await fetch(`${at.url}/healthz`)).status).toBe(200);
  expect(await statusOf(`https://127.0.0.1:${port}`, pki.caPem)).toBe(200);
  expect(await statusOf(`https://localhost:${port}`, pki.caPem)).toBe(200);
  expect(await answerTo(port, "G", "ET /healthz HTTP/1.1\r\nhost: local", "host\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 /);
  expect(await answerTo(port, "what is this\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
  expect(await answerTo(port, Uint8Array.of(0x16), "not a TLS hello")).toSatisfy(
    (said) => said === undefined || !String(said).startsWith("HTTP"),
  );

  const keys = makeAgentKey();
  await at.registry.setKey("SRV1", keys.der);
  for (const [url, trust] of [[at.url, {}] as const, [`https://127.0.0.1:${port}`, { ca: pki.caPem }] as const]) {
    const agent = dial(url, "SRV1", trust);
    agent.say(helloTo(await agent.challenge(), "SRV1", keys.privateKey));
    expect(await agent.next()).toMatchObject({ kind: "welcome" });
  }
});

test("beyond loopback nothing is answered without TLS", async () => {
  await using at = await startEndpoints({ tls: TEST_TLS });
  const said = await answerTo(Number(new URL(at.url).port), "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
  expect(said === undefined || !said.includes("HTTP")).toBe(true);
});

test("stopping does not wait for silent connections", async () => {
  const at = await startEndpoints();
  const silent = connect({ host: "127.0.0.1", port: Number(new URL(at.url).port) });
  silent.on("error", () => undefined);
  await once(silent, "connect");
  // Node.js would wait for longer than this test may.
  await at[Symbol.asyncDispose]();
  await expect.poll(() => silent.closed).toBe(true);
});

test("a new certificate is used for later handshakes, and open connections stay", async () => {
  const folder = temporaryFolder();
  const pki = await openPki(folder);
  await using at = await startEndpoints({ tls: await pki.serverTls(["localhost", "127.0.0.1"]) });
  const keys = makeAgentKey();
  await at.registry.setKey("SRV1", keys.der);
  const agent = dial(at.url, "SRV1", { ca: pki.caPem });
  const challenge = await agent.challenge();
  at.endpoints.useCertificate(await pki.serverTls(["localhost", "127.0.0.1", "renamed.example"]));
  const shown = tlsConnect({ host: "127.0.0.1", port: Number(new URL(at.url).port), ca: pki.caPem });
  await once(shown, "secureConnect");
  expect(shown.getPeerCertificate().subjectaltname).toContain("renamed.example");
  shown.destroy();
  agent.say(helloTo(challenge, "SRV1", keys.privateKey));
  expect(await agent.next()).toMatchObject({ kind: "welcome" });
});
