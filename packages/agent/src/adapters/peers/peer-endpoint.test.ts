import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import type { ContentQuery, PeerAccess, PeerEndpoint } from "@sitewright/protocol";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { parsePeerListen } from "../../config.ts";
import { createPeerEndpoint, type PeerEndpointKeeper } from "./peer-endpoint.ts";

const QUERY: ContentQuery = {
  kind: "content-query",
  id: 1,
  unit: { role: "dp", name: "ABC00001" },
  want: { kind: "definitions" },
};
const ACCESS: PeerAccess = { kind: "peer-access", key: new Uint8Array(32), now: 1 };

function anEndpoint(listen?: PeerEndpoint): { endpoint: PeerEndpointKeeper; logged: string[] } {
  const logged: string[] = [];
  const log = (_: string, message: string) => void logged.push(message);
  const endpoint = createPeerEndpoint({
    dataDir: temporaryFolder(),
    whereHeld: () => undefined,
    rootsFor: () => [],
    log,
    idleMs: 20,
    ...(listen ? { listen } : {}),
  });
  onTestFinished(() => endpoint.close());
  return { endpoint, logged };
}

async function answers({ host, port }: PeerEndpoint): Promise<boolean> {
  const socket = connect({ host, port });
  return await once(socket, "connect").then(
    () => !!socket.destroy(),
    () => false,
  );
}

test("an endpoint is opened at the address of the link, stays there with the next key, and closes", async () => {
  const { endpoint } = anEndpoint();
  expect(endpoint.isOpen()).toBe(false);
  const place = (await endpoint.open(ACCESS, "::ffff:127.0.0.1")) as PeerEndpoint;
  expect([place.host, endpoint.isOpen(), await answers(place)]).toEqual(["127.0.0.1", true, true]);
  expect(await endpoint.open({ ...ACCESS, now: 2 }, "127.0.0.1")).toEqual(place);
  await endpoint.close();
  expect(await answers(place)).toBe(false);
});

test("its thread ends when there is nothing more to answer, and answers again later", async () => {
  const { endpoint } = anEndpoint();
  for (let round = 0; round < 2; round += 1) {
    const [part] = await endpoint.answer(QUERY);
    expect([part?.id, part?.failure]).toEqual([1, undefined]);
    await expect.poll(endpoint.isRunning).toBe(false);
  }
});

test("its thread stays while neighbours may connect", async () => {
  const [{ endpoint }, { endpoint: other }] = [anEndpoint(), anEndpoint()];
  await endpoint.answer(QUERY);
  const place = (await endpoint.open(ACCESS, "127.0.0.1")) as PeerEndpoint;
  await endpoint.answer(QUERY);
  await other.answer(QUERY);
  await expect.poll(other.isRunning).toBe(false);
  expect([endpoint.isRunning(), await answers(place)]).toEqual([true, true]);
});

test("one that listens everywhere is announced at the address of the link", async () => {
  const { endpoint } = anEndpoint({ host: "0.0.0.0", port: 0 });
  expect(await endpoint.open(ACCESS, "127.0.0.1")).toMatchObject({ host: "127.0.0.1" });
});

test("where it cannot listen it reports that, and takes no part", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { endpoint, logged } = anEndpoint({ host: "127.0.0.1", port: (taken.address() as AddressInfo).port });
  expect(await endpoint.open(ACCESS, "127.0.0.1")).toBeUndefined();
  taken.close();
  expect([endpoint.isOpen(), logged[0]]).toEqual([false, expect.stringMatching(/cannot be served: .*EADDRINUSE.*--peer-listen/)]);
});

test.each(["10.1.2.3:7401", "[fd00::3]:7401"])("--peer-listen takes %s", (text) => expect(parsePeerListen(text).port).toBe(7401));

test.each(["7401", "srv.example:7401", "10.1.2.3:0", "10.1.2.3:70000", "[10.1.2.3"])("--peer-listen refuses %s", (text) => {
  expect(() => parsePeerListen(text)).toThrow(expect.objectContaining({ code: "BAD_REQUEST" }));
});
