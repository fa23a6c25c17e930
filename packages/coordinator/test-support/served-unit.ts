import { decodeManifest, manifestChunks, type ManifestChunk } from "@sitewright/protocol";
import type { Phase } from "../src/domain/runs/run.ts";
import { openBench, type Bench } from "./content-index-bench.ts";
import { startDoors, type DoorsSetUp, type TestDoors } from "./doors.ts";
import { aPhase } from "./fakes.ts";
import { openStream, type StreamClient, type StreamOptions } from "./stream-client.ts";

/** A package that is indexed and served through real doors. */
export interface ServedUnit extends TestDoors {
  bench: Bench;
  manifest: string;
  chunks: ManifestChunk[];
  /** What was counted as sent for the order. */
  sentBytes(): number;
  /** Orders that agents work on; `order-1` of the unit for SRV1 unless told. */
  orders: Map<string, Phase>;
  /** Opens a stream that has to be let through. */
  open(token: string, options?: Partial<StreamOptions>): Promise<StreamClient>;
  /** The source's bytes of all chunks from one to another. */
  content(from: number, to: number): Buffer;
}

export async function serveUnit(
  files: Record<string, string | Uint8Array>,
  setUp: Omit<DoorsSetUp, "index" | "rights"> & { system?: string; complete?: string[]; moved?: (system: string) => number } = {},
): Promise<ServedUnit> {
  const bench = await openBench();
  for (const [path, content] of Object.entries(files)) await bench.write(path, content);
  const { manifest } = await bench.run();
  const chunks = [...manifestChunks(decodeManifest(await bench.manifest(manifest)))];
  const orders = new Map([["order-1", aPhase({ system: setUp.system ?? "SRV1", manifest })]]);
  let sent = 0;
  const doors = await startDoors({
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
    ...doors,
    bench,
    manifest,
    chunks,
    orders,
    sentBytes: () => sent,
    async open(token, options = {}) {
      const { status, body, stream } = await openStream(doors.url, { manifest, token, ...options });
      if (status !== 101) throw new Error(`the stream was refused with ${status}: ${body.error?.message}`);
      return stream;
    },
    content(from, to) {
      return Buffer.concat(
        chunks.slice(from, to + 1).map(({ file, offset, size }) => {
          const bytes = files[file.path.replace(/^[^/]*\//, "")];
          return Buffer.from(bytes ?? "").subarray(offset, offset + size);
        }),
      );
    },
    async [Symbol.asyncDispose]() {
      await doors[Symbol.asyncDispose]();
      await bench[Symbol.asyncDispose]();
    },
  };
}
