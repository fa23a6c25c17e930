import type { ContentRequest } from "@sitewright/protocol";
import type { ChunkSource } from "../../app/ports.ts";
import { chunkFrames } from "./chunk-pipeline.ts";
import type { Pacer, Traffic } from "./pacer.ts";
import type { Transfer } from "./transfers.ts";

export interface Outlet {
  pacer: Pacer;
  traffic: Traffic;
  /** Told of every slice that leaves, in bytes. */
  sent: (bytes: number) => void;
  /** Aborted when the client is gone or its agent's connection has ended. */
  signal: AbortSignal;
}

/** Small frames leave together: a thousand small files are not a thousand packets. */
const BATCH = 16 * 1024;

/**
 * The bytes of a chunk stream, each slice at the time it may leave. A frame begins while the order's credit lasts and is then sent
 * whole, because the agent can give back only whole frames. Closes the source and the transfer at the end.
 */
export async function* chunkStream(
  source: ChunkSource,
  ranges: ContentRequest["ranges"],
  transfer: Transfer,
  window: number,
  outlet: Outlet,
): AsyncGenerator<Uint8Array> {
  let batch: Uint8Array[] = [];
  let size = 0;
  const flush = async function* (): AsyncGenerator<Uint8Array> {
    const bytes = batch.length === 1 ? (batch[0] as Uint8Array) : Buffer.concat(batch);
    batch = [];
    size = 0;
    transfer.sent(bytes.length);
    yield* pacedSlices(bytes, outlet);
  };
  try {
    for await (const frame of chunkFrames(source, ranges)) {
      if (size > 0 && !transfer.hasRoom(window, size)) yield* flush();
      await transfer.room(window, outlet.signal);
      batch.push(frame);
      size += frame.length;
      if (size >= BATCH) yield* flush();
    }
    if (size > 0) yield* flush();
  } finally {
    transfer.close();
    await source.close();
  }
}

/** Cuts bytes into slices that the pacer lets go. */
export async function* pacedSlices(bytes: Uint8Array, { pacer, traffic, sent, signal }: Outlet): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length;) {
    const granted = await pacer.take(traffic, bytes.length - at, signal);
    sent(granted);
    yield bytes.subarray(at, at + granted);
    at += granted;
  }
}
