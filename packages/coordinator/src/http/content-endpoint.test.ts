import { expect, test, vi } from "vitest";
import { FRAME_CODEC, type Ranges } from "@sitewright/protocol";
import { noise } from "@sitewright/testkit/noise";
import { aHierarchy, anAddress, aPhase } from "../../test-support/fakes.ts";
import { serveUnit } from "../../test-support/served-unit.ts";
import { openStream, type StreamOptions } from "../../test-support/stream-client.ts";

const line = (bandwidth: number) => aHierarchy([anAddress("SEC", { bandwidth })]);

test("a stream is refused, with an error of the API, to an agent without a right to the manifest", async () => {
  await using unit = await serveUnit({ a: "x" });
  const [{ token }, stranger] = [await unit.connect("SRV1"), await unit.connect("SRV2")];
  const missing = "cd".repeat(32);
  unit.orders.set("order-2", aPhase({ id: "order-2", manifest: missing }));
  const cases: [why: string, options: Partial<StreamOptions>, status: number, code: string][] = [
    ["no token", {}, 401, "UNAUTHENTICATED"],
    ["a wrong token", { token: "wrong" }, 401, "UNAUTHENTICATED"],
    ["another's order", { token: stranger.token }, 403, "FORBIDDEN"],
    ["no such order", { token, order: "order-9" }, 403, "FORBIDDEN"],
    ["another manifest", { token, manifest: "ab".repeat(32) }, 403, "FORBIDDEN"],
    ["another protocol", { token, headers: { upgrade: "websocket" } }, 400, "BAD_REQUEST"],
    ["a manifest that is not here any more", { token, order: "order-2", manifest: missing }, 503, "CONTENT_UNAVAILABLE"],
  ];
  for (const [why, options, status, code] of cases) {
    const refused = await openStream(unit.url, { manifest: unit.manifest, ...options });
    expect([why, refused.status, refused.body.error?.code]).toEqual([why, status, code]);
    expect(unit.refused.at(-1)).toBe(code);
  }
});

test("the ninth stream of an order is refused until one of the others has ended", async () => {
  await using unit = await serveUnit({ a: "x" });
  const { token } = await unit.connect("SRV1");
  const streams = [];
  for (let i = 0; i < 8; i++) streams.push(await unit.open(token));
  const ninth = await openStream(unit.url, { manifest: unit.manifest, token });
  expect([ninth.status, ninth.body.error?.code]).toEqual([429, "TOO_MANY_REQUESTS"]);
  streams[3]?.socket.destroy();
  await vi.waitFor(async () => expect((await openStream(unit.url, { manifest: unit.manifest, token })).status).toBe(101), 20_000);
});

test("ranges that descend, overlap, are reversed or exceed the manifest end the stream, and the agent is told why", async () => {
  await using unit = await serveUnit({ a: "1", b: "2", c: "3" });
  const { token } = await unit.connect("SRV1");
  const cases: [ranges: Ranges, code: string][] = [
    [
      [
        [1, 1],
        [0, 0],
      ],
      "FRAME_INVALID",
    ],
    [
      [
        [0, 1],
        [1, 2],
      ],
      "FRAME_INVALID",
    ],
    [[[2, 1]], "FRAME_INVALID"],
    [[[0, 3]], "BAD_REQUEST"],
  ];
  for (const [ranges, code] of cases) {
    const stream = await unit.open(token);
    stream.ask(ranges);
    await stream.closed;
    expect(stream.frames.map((frame) => frame.codec)).toEqual([FRAME_CODEC.failure]);
    expect(JSON.parse(String(stream.frames[0]?.content))).toMatchObject({ code });
    expect(unit.logged.at(-1)).toMatchObject({ level: "warn", code });
  }
});

test("an invalid message, and more requests than the limit, end the stream", async () => {
  const files = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`${i}`, "x"]));
  await using unit = await serveUnit(files, { system: "SRV2", hierarchy: line(0) });
  const { token } = await unit.connect("SRV2");
  const [mad, greedy] = [await unit.open(token), await unit.open(token)];
  mad.socket.write(Buffer.from([9, 9, 9]));
  const ranges = unit.chunks.map(({ ordinal }): [number, number] => [ordinal, ordinal]);
  // How many it takes depends on how many were read before: they wait no longer once they are in a frame.
  const asking = setInterval(() => {
    for (let sent = 0; sent < 10_000; sent += ranges.length) greedy.ask(ranges);
  }, 50);
  await Promise.all([mad.closed, greedy.closed]);
  clearInterval(asking);
  expect(unit.logged.map(({ code }) => code)).toEqual(expect.arrayContaining(["FRAME_INVALID", "TOO_MANY_REQUESTS"]));
});

test("a stream ends with the connection of its agent, and when its agent says that it is done", async () => {
  await using unit = await serveUnit({ "a.bin": noise(500_000, 1) }, { system: "SRV2", hierarchy: line(100_000) });
  const agent = await unit.connect("SRV2");
  const [busy, idle, done] = [await unit.open(agent.token), await unit.open(agent.token), await unit.open(agent.token)];
  busy.ask([[0, unit.chunks.length - 1]]);
  done.socket.end();
  await done.closed;
  agent.socket.terminate();
  await Promise.all([busy.closed, idle.closed]);
  expect((await openStream(unit.url, { manifest: unit.manifest, token: agent.token })).status).toBe(401);
});
