import { appendFile, rename, rm, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { expect, test, vi } from "vitest";
import { FRAME_CODEC } from "@sitewright/protocol";
import { noise } from "@sitewright/testkit/noise";
import { aHierarchy, anAddress } from "../../test-support/fakes.ts";
import { serveUnit, type ServedUnit } from "../../test-support/served-unit.ts";

/** Files `a`, `b/inner` and `c`, of which `b/inner` is changed before all are requested; returns what arrived. */
async function served(change: (unit: ServedUnit) => Promise<unknown>, bandwidth?: number) {
  const hierarchy = aHierarchy(bandwidth === undefined ? [] : [anAddress("SEC", { bandwidth })]);
  const unit = await serveUnit({ a: noise(4000, 5), "b/inner": "x".repeat(3000), c: noise(4000, 7) }, { system: "SRV2", hierarchy });
  try {
    const { token } = await unit.connect("SRV2");
    const stream = await unit.open(token);
    await change(unit);
    stream.ask([[0, 0]]);
    stream.ask([[1, 2]]);
    await vi.waitFor(() => expect(stream.frames.at(-1)?.codec).toBe(FRAME_CODEC.failure), 20_000);
    const failure = JSON.parse(stream.frames.at(-1)?.content.toString() ?? "") as object;
    stream.socket.end();
    await stream.closed;
    return { failure, content: Buffer.concat(stream.frames.slice(0, -1).map(({ content }) => content)), first: unit.content(0, 0) };
  } finally {
    await unit[Symbol.asyncDispose]();
  }
}

const place = "packages/ABC00001/source/b/inner";

test.each<[why: string, change: (unit: ServedUnit) => Promise<unknown>]>([
  ["was edited", ({ bench }) => writeFile(bench.at("b/inner"), "y".repeat(3000))],
  ["has grown", ({ bench }) => appendFile(bench.at("b/inner"), "more")],
  ["has shrunk", ({ bench }) => truncate(bench.at("b/inner"), 10)],
  [
    "was replaced by one of the same size and time",
    ({ bench }) => bench.write("new", "y".repeat(3000)).then(() => rename(bench.at("new"), bench.at("b/inner"))),
  ],
  ["was touched", ({ bench }) => utimes(bench.at("b/inner"), 1, 1)],
  ["was removed", ({ bench }) => rm(bench.at("b/inner"))],
  ["is a link now", ({ bench }) => rename(bench.at("b/inner"), bench.at("x")).then(() => symlink("../x", bench.at("b/inner")))],
  ["lies behind a link now", ({ bench }) => rename(bench.at("b"), bench.at("moved")).then(() => symlink("moved", bench.at("b")))],
  ["was indexed again", ({ bench }) => bench.write("b/inner", "y".repeat(2000)).then(() => bench.run())],
])("a file that %s ends the stream with its path, and none of its bytes is sent", async (_, change) => {
  for (const bandwidth of [undefined, 8_000_000]) {
    const { failure, content, first } = await served(change, bandwidth);
    expect(failure).toMatchObject({ code: "SOURCE_CHANGED", path: place });
    // Content read in the same frame may be dropped with it.
    expect(content.equals(first) || content.length === 0).toBe(true);
  }
});

test("the same content in other files is served once it has been indexed again, though its manifest is the same", async () => {
  await using unit = await serveUnit({ a: noise(4000, 5) });
  const { token } = await unit.connect("SRV1");
  const fetched = async () => {
    const stream = await unit.open(token);
    stream.ask([[0, 0]]);
    await vi.waitFor(() => expect(stream.frames).toHaveLength(1), 20_000);
    stream.socket.destroy();
    return stream.frames[0]?.codec;
  };
  expect(await fetched()).toBe(FRAME_CODEC.raw);
  await unit.bench.write("copy", noise(4000, 5));
  await rename(unit.bench.at("copy"), unit.bench.at("a"));
  expect(await fetched()).toBe(FRAME_CODEC.failure);
  expect((await unit.bench.run()).manifest).toBe(unit.manifest);
  expect(await fetched()).toBe(FRAME_CODEC.raw);
});
