import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { TEST_CERTIFICATES } from "@sitewright/testkit/certificates";
import { openConnection } from "./stream-connection.ts";

/** Longer than any handshake, ms. */
const LOOKS_FOR = 2_000;

test("what a coordinator takes to look up a unit does not count as the round trip to it", async () => {
  const { caPem: ca, serverKey: key, serverCert: cert } = TEST_CERTIFICATES;
  const server = createServer({ key, cert }).listen(0, "localhost");
  server.on("upgrade", (_request, socket) => {
    setTimeout(() => socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"), LOOKS_FOR);
  });
  await once(server, "listening");
  const url = `https://localhost:${(server.address() as AddressInfo).port}/`;
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const connection = openConnection({ url, trust: { ca, token: "t" } }, { opened: resolve, received: () => undefined, ended: reject });
  expect(await promise).toBeLessThan(LOOKS_FOR / 2);
  connection.destroy();
  server.close();
});
