import { once } from "node:events";
import { expect, onTestFinished, test, vi } from "vitest";
import { WebSocket } from "ws";
import { noise } from "@sitewright/testkit/noise";
import { CLIENT_SECRET } from "../../test-support/endpoints.ts";
import { aHierarchy, anAddress, aPhase } from "../../test-support/fakes.ts";
import { serveUnit } from "../../test-support/served-unit.ts";
import { openStream, type StreamOptions } from "../../test-support/stream-client.ts";
import { createAdmission } from "../adapters/admission.ts";
import { makeCa, makeServerCertificate } from "../adapters/certificates.ts";
import { createLeaderLine } from "../adapters/serving/leader-line.ts";
import { MEMBER_HEADER, SERVING_PATH } from "../adapters/serving/messages.ts";
import { createStandbyServer } from "./standby-server.ts";

const ca = await makeCa(Date.now());
const tls = await makeServerCertificate(ca, ["localhost", "127.0.0.1"], Date.now());
const CONTENT = noise(3_000_000, 7);
/** ms: all of a test's time. A busy machine takes tens of seconds for what an idle one does at once, and what is awaited says itself when it is there. */
const WAIT = 55_000;

/** A coordinator that leads and has this unit, and one that stands by and serves content for it. */
async function aPair(setUp: Partial<Parameters<typeof serveUnit>[1]> = {}) {
  const unit = await serveUnit({ "a.bin": CONTENT, "b.txt": "b" }, { tls, plain: true, ...setUp });
  const logged: string[] = [];
  const note = (_: object, message: string) => void logged.push(message);
  const log = { debug: note, info: note, warn: note, error: note };
  const leaderUrl = new URL(unit.url.replace("http:", "https:"));
  const line = createLeaderLine({ memberId: "m2", clientSecret: CLIENT_SECRET, ca: ca.cert, log });
  const server = createStandbyServer({
    tls,
    plain: true,
    hosts: () => [],
    ca: ca.cert,
    admission: createAdmission(() => undefined),
    refusals: { note: () => undefined },
    content: { openGrant: line.openGrant, index: unit.bench.index, log },
    leader: () => leaderUrl,
    clientSecret: CLIENT_SECRET,
  });
  const url = await server.listen({ host: "127.0.0.1", port: 0 });
  onTestFinished(async () => {
    line.close();
    await server.close();
    await unit[Symbol.asyncDispose]();
  });
  const follow = async (): Promise<void> =>
    vi.waitFor(() => {
      line.follow(leaderUrl);
      expect(unit.endpoints.serving()).toEqual(["m2"]);
    }, WAIT);
  const open = async (token: string, options: Partial<StreamOptions> = {}) => {
    const opened = await openStream(url, { manifest: unit.manifest, token, ...options });
    return { status: opened.status, code: opened.body?.error?.code, stream: opened.stream };
  };
  return { unit, line, logged, follow, open };
}

test("one that stands by sends the content that the one that leads grants, and that one counts every byte of it", async () => {
  const { unit, follow, open } = await aPair();
  await follow();
  const agent = await unit.connect("SRV1", ca.cert);
  const { status, stream } = await open(agent.token, { generous: true });
  expect(status).toBe(101);
  const last = unit.chunks.length - 1;
  stream.ask([[0, last]]);
  await vi.waitFor(() => expect(stream.frames.reduce((sum, { count }) => sum + count, 0)).toBe(last + 1), WAIT);
  expect(Buffer.concat(stream.frames.map(({ content }) => content))).toEqual(unit.content(0, last));
  await vi.waitFor(() => expect(unit.sentBytes()).toBe(stream.received()), WAIT);
  // The speed of the line is measured by what the agent has received, wherever that came from.
  await vi.waitFor(() => expect(unit.connections.session(agent.token)?.transfers.state().taken).toBeGreaterThan(CONTENT.length / 2), WAIT);
});

test("what both send to the systems of one line keeps to its budget", async () => {
  const bandwidth = 8_000_000;
  const { unit, follow, open } = await aPair({ system: "SRV2", hierarchy: aHierarchy([anAddress("SEC", { bandwidth })]) });
  await follow();
  const { token } = await unit.connect("SRV2", ca.cert);
  const [there, here] = [(await open(token, { generous: true })).stream, await unit.open(token, { generous: true })];
  const began = performance.now();
  for (const stream of [there, here]) stream.ask([[0, unit.chunks.length - 1]]);
  await vi.waitFor(() => expect(there.received() + here.received()).toBeGreaterThan(1_500_000), WAIT);
  const seconds = (performance.now() - began) / 1000;
  expect(((there.received() + here.received()) * 8) / seconds).toBeLessThan(bandwidth * 1.1);
  expect(Math.min(there.received(), here.received())).toBeGreaterThan(100_000);
});

test("a stream is refused there as by the one that leads, and while there is no line to that one", async () => {
  const { unit, follow, open } = await aPair();
  const [{ token }, stranger] = [await unit.connect("SRV1", ca.cert), await unit.connect("SRV2", ca.cert)];
  expect(await open(token)).toMatchObject({ status: 503, code: "STANDING_BY" });
  await follow();
  const missing = "cd".repeat(32);
  unit.orders.set("order-2", aPhase({ id: "order-2", manifest: missing }));
  const cases: [why: string, token: string, options: Partial<StreamOptions>, status: number, code: string][] = [
    ["a wrong token", "wrong", {}, 401, "UNAUTHENTICATED"],
    ["another's order", stranger.token, {}, 403, "FORBIDDEN"],
    ["another manifest", token, { manifest: "ab".repeat(32) }, 403, "FORBIDDEN"],
    ["another protocol", token, { headers: { upgrade: "websocket" } }, 400, "BAD_REQUEST"],
    ["a manifest that is not here", token, { order: "order-2", manifest: missing }, 503, "CONTENT_UNAVAILABLE"],
  ];
  for (const [why, shown, options, status, code] of cases) expect([why, await open(shown, options)]).toMatchObject([why, { status, code }]);
});

test("a stream there ends with the order, with the agent's connection, and with the line to the one that leads", async () => {
  const { unit, line, follow, open } = await aPair({ system: "SRV2", hierarchy: aHierarchy([anAddress("SEC", { bandwidth: 1_000_000 })]) });
  await follow();
  const agent = await unit.connect("SRV2", ca.cert);
  const begin = async () => {
    const { stream } = await open(agent.token, { generous: true });
    stream.ask([[0, unit.chunks.length - 1]]);
    await vi.waitFor(() => expect(stream.received()).toBeGreaterThan(20_000), WAIT);
    return stream;
  };
  const [order] = [...unit.orders.values()];
  const withoutOrder = await begin();
  unit.orders.clear();
  await withoutOrder.closed;
  unit.orders.set("order-1", order as NonNullable<typeof order>);
  const withoutLine = await begin();
  line.close();
  await withoutLine.closed;
  await vi.waitFor(() => expect(unit.endpoints.serving()).toEqual([]), WAIT);
  await follow();
  const withoutAgent = await begin();
  agent.socket.terminate();
  await withoutAgent.closed;
});

test("who cannot prove to have the key of the CA gets no line", async () => {
  const { unit } = await aPair();
  for (const stated of [undefined, "m2", "m2 AAAA", `m2 ${Buffer.alloc(32).toString("base64url")}`]) {
    const socket = new WebSocket(`${unit.url.replace("http", "ws")}${SERVING_PATH}`, {
      headers: stated === undefined ? {} : { [MEMBER_HEADER]: stated },
    });
    const [error] = (await once(socket, "error")) as [Error];
    expect([stated, error.message]).toEqual([stated, "Unexpected server response: 401"]);
  }
  expect(unit.endpoints.serving()).toEqual([]);
});
