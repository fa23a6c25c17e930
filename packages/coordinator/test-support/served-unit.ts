import { decodeManifest, manifestChunks, type ManifestChunk } from "@sitewright/protocol";
import type { Phase } from "../src/domain/runs/run.ts";
import { openBench, type Bench } from "./content-index-bench.ts";
import { startEndpoints, type EndpointsSetUp, type TestEndpoints } from "./endpoints.ts";
import { aPhase } from "./fakes.ts";
import { openStream, type StreamClient, type StreamOptions } from "./stream-client.ts";

/** A package that is indexed and served through real endpoints. */
export interface ServedUnit extends TestEndpoints {
  bench: Bench;
  manifest: string;
  chunks: ManifestChunk[];
  /** What was counted as sent for the order. */
  sentBytes(): number;
  /** Open orders; by default `order-1` of the unit for SRV1. */
  orders: Map<string, Phase>;
  /** Opens a stream that has to be accepted. */
  open(token: string, options?: Partial<StreamOptions>): Promise<StreamClient>;
  /** The source's bytes of all chunks of a range. */
  content(from: number, to: number): Buffer;
}

export async function serveUnit(
  files: Record<string, string | Uint8Array>,
  setUp: Omit<EndpointsSetUp, "index" | "rights"> & { system?: string; complete?: string[]; moved?: (system: string) => number } = {},
): Promise<ServedUnit> {
  const bench = await openBench();
  for (const [path, content] of Object.entries(files)) await bench.write(path, content);
  const sources = new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)]));
  const { manifest } = await bench.run();
  const chunks = [...manifestChunks(decodeManifest(await bench.manifest(manifest)))];
  const orders = new Map([["order-1", aPhase({ system: setUp.system ?? "SRV1", manifest })]]);
  let sent = 0;
  const endpoints = await startEndpoints({
    ...setUp,
    index: bench.index,
    rights: {
      async orderFor(system, id, digest) {
        const phase = orders.get(id);
        return phase?.system === system && phase.manifest === digest ? phase : undefined;
      },
      sent: (_, bytes) => void (sent += bytes),
      ordered: (system, digest) => {
        const phase = [...orders.values()].find((order) => order.system === system && order.manifest === digest);
        return phase && { mostChunks: chunks.length, moved: setUp.moved?.(system) ?? 0, isLineOpen: true };
      },
      basesFor: (_, asked) => [...asked],
      isHeld: (system) => setUp.complete?.includes(system) ?? false,
    },
  });
  return {
    ...endpoints,
    bench,
    manifest,
    chunks,
    orders,
    sentBytes: () => sent,
    async open(token, options = {}) {
      const { status, body, stream } = await openStream(endpoints.url, { manifest, token, ...options });
      if (status !== 101) throw new Error(`the stream was refused with ${status}: ${body.error?.message}`);
      return stream;
    },
    content(from, to) {
      return Buffer.concat(
        chunks.slice(from, to + 1).flatMap(({ file, offset, size }) => {
          const bytes = sources.get(file.path.replace(/^[^/]*\//, ""));
          return bytes ? [bytes.subarray(offset, offset + size)] : [];
        }),
      );
    },
    async [Symbol.asyncDispose]() {
      await endpoints[Symbol.asyncDispose]();
      await bench[Symbol.asyncDispose]();
    },
  };
}
