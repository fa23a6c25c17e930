import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { setImmediate as turnOfLoop, setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { WebSocketServer, type WebSocket } from "ws";
import { silent } from "../../../test-support/redis/redis-fixture.ts";
import { makeCa, makeServerCertificate } from "../certificates.ts";
import { createLeaderLine } from "./leader-line.ts";

const SILENCE_MS = 1_500;

/** One that leads, which pings when it is told to, and the line to it of one that stands by. */
async function aLine() {
  const ca = await makeCa(Date.now());
  const tls = await makeServerCertificate(ca, ["localhost", "127.0.0.1"], Date.now());
  const server = createServer({ key: tls.key, cert: tls.cert });
  const accepted = once(new WebSocketServer({ server }), "connection");
  await once(server.listen(0, "127.0.0.1"), "listening");
  const line = createLeaderLine({ memberId: "m2", clientSecret: new Uint8Array(32), ca: ca.cert, log: silent, silenceMs: SILENCE_MS });
  onTestFinished(() => {
    line.close();
    server.close();
    server.closeAllConnections();
  });
  line.follow(new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`));
  const [socket] = (await accepted) as [WebSocket];
  return { socket, closed: once(socket, "close") };
}

test("a line to one that leads ends when nothing is heard of that", async () => {
  const { socket, closed } = await aLine();
  socket.ping();
  expect(await closed).toMatchObject([1006, {}]);
});

test("a line whose ping came while the process stood still for longer than it waits stays open", async () => {
  const { socket } = await aLine();
  socket.ping();
  await sleep(50);
  // From there on timers come first, before anything is read.
  await turnOfLoop();
  socket.ping();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SILENCE_MS + 500);
  await sleep(100);
  expect(socket.readyState).toBe(socket.OPEN);
});
