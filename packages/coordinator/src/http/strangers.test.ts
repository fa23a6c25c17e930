import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import type { Welcome } from "@sitewright/protocol";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { dial, helloTo, makeAgentKey } from "@sitewright/testkit/agent-wire";
import { startEndpoints, type TestEndpoints } from "../../test-support/endpoints.ts";
import { hostNames } from "../adapters/host-names.ts";
import { openPki } from "../adapters/pki.ts";

/** Node.js gives a request 300 s, its head 60 s, and a TLS handshake 120 s. */
const HURRIED = { handshake: 300, headers: 300, request: 600, check: 50 };

/** A connection that sends this and nothing more; `ended`: after how many ms. */
function say(at: TestEndpoints, text: string) {
  const socket = connect(Number(new URL(at.url).port), "127.0.0.1");
  const began = performance.now();
  // A reset is an end too. Waiting by `once` would reject for it, in tests that wait for another end or for none.
  const ended = new Promise<number>((resolve) => {
    socket.on("error", () => undefined).once("close", () => resolve(performance.now() - began));
  });
  socket.write(text);
  return { socket: socket.resume(), ended };
}

const upgrade = (name: string): string =>
  `GET /agent/v1?name=${name} HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n` +
  "sec-websocket-protocol: sitewright.v1\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";

test("an agent gets in while one address holds hundreds of WebSockets without a Hello", async () => {
  await using at = await startEndpoints();
  const strangers = Array.from({ length: 450 }, () => say(at, upgrade("SRV1")));
  await vi.waitFor(() => expect(strangers.filter(({ socket }) => socket.destroyed).length).toBeGreaterThan(100), 20_000);
  for (let i = 0; i < 5; i++) {
    const agent = await at.connect("SRV2");
    agent.socket.terminate();
    await agent.closed;
  }
  expect(strangers.filter(({ socket }) => !socket.destroyed).length).toBeLessThanOrEqual(342);
  for (const { socket } of strangers) socket.destroy();
});

test("an agent that was welcomed before keeps its place while unauthenticated connections from its own address displace one another", async () => {
  await using at = await startEndpoints();
  const keys = makeAgentKey();
  await at.registry.setKey("SRV1", keys.der);
  const first = dial(at.url, "SRV1");
  first.say(helloTo(await first.challenge(), "SRV1", keys.privateKey));
  const { reservation = "" } = (await first.next()) as Welcome;
  first.socket.terminate();
  await first.closed;
  const known = dial(at.url, "SRV1", { headers: { "x-sitewright-reservation": reservation } });
  const unknown = dial(at.url, "SRV1", { headers: { "x-sitewright-reservation": "1.forged" } });
  const challenge = await known.challenge();
  await unknown.challenge();
  const strangers = Array.from({ length: 400 }, () => say(at, upgrade("SRV1")));
  await unknown.closed;
  known.say(helloTo(challenge, "SRV1", keys.privateKey));
  expect(await known.next()).toMatchObject({ kind: "welcome", reservation });
  for (const { socket } of strangers) socket.destroy();
});

test("a request whose head or body remains incomplete is ended by a timeout", async () => {
  await using at = await startEndpoints({ timeouts: HURRIED });
  const post = "POST /api/v1/session HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
  const all = ["", "G", "GET /healthz HTTP/1.1\r\nhost: localhost\r\nx-more: ", post, upgrade("SRV1").slice(0, -2)].map((text) =>
    say(at, text),
  );
  for (const time of await Promise.all(all.map(({ ended }) => ended))) expect(time).toBeLessThan(30_000);
  expect((await at.call("GET", "/healthz")).status).toBe(200);
});

test("a TLS handshake that remains incomplete is ended by a timeout, and disturbs no agent", async () => {
  const folder = temporaryFolder();
  const pki = await openPki(folder);
  await using at = await startEndpoints({ tls: await pki.serverTls(hostNames("127.0.0.1")), plain: false, timeouts: HURRIED });
  const strangers = ["", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"].map((text) => say(at, text));
  const agent = await at.connect("SRV1", pki.caPem);
  for (const time of await Promise.all(strangers.map(({ ended }) => ended))) expect(time).toBeLessThan(30_000);
  expect(agent.socket.readyState).toBe(agent.socket.OPEN);
});

test("an authenticated client may be silent for longer than an unauthenticated one", async () => {
  await using at = await startEndpoints({ timeouts: HURRIED });
  const agent = await at.connect("SRV1");
  await sleep(1_000);
  expect(agent.socket.readyState).toBe(agent.socket.OPEN);
});

test("an oversized upgrade request of an agent is refused before it becomes a connection", async () => {
  await using at = await startEndpoints();
  for (const name of ["", "N".repeat(64), "../x", "a%0Ab"]) {
    const refused = dial(at.url, name);
    const status = await new Promise((resolve) => refused.socket.once("unexpected-response", (_, reply) => resolve(reply.statusCode)));
    expect([name, status]).toEqual([name, 400]);
  }
});

test("refusals are counted by code, and the log has only some lines for many of them", async () => {
  await using at = await startEndpoints();
  const keys = makeAgentKey();
  for (let i = 0; i < 12; i++) {
    const thief = dial(at.url, "SRV1");
    thief.say(helloTo(await thief.challenge(), "SRV1", keys.privateKey));
    await thief.closed;
  }
  expect(at.logged.filter(({ message }) => message.startsWith("agent refused")).length).toBeLessThanOrEqual(3);
  expect(at.refused).toEqual(Array(12).fill("UNAUTHENTICATED"));
});
