import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";
import {
  FRAME_HEADER,
  LIMITS,
  manifestDigest,
  SitewrightError,
  type ContentRequest,
  type Digest,
  type HashFunction,
  type Order,
} from "@sitewright/protocol";
import type { CurrentLink, LiveLink } from "../../app/session/current-link.ts";
import type { Log } from "../../app/session/link-ports.ts";
import type { ContentFrame, ContentSource } from "../../app/ports.ts";
import { rangeBatch } from "../../domain/ordinal-ranges.ts";
import { requestContent } from "./content-request.ts";
import { readFrames } from "./frame-reader.ts";
import { readWhole, type HttpClient } from "./http-client.ts";
import { createPatience } from "./patience.ts";
import { createReceiveWindow } from "./receive-window.ts";
import { STALL_MS, watchedBytes } from "./stall-watch.ts";

/** Bytes under way for an order that names no window of its own. */
const DEFAULT_WINDOW = 256 * 1024;
/** zstd makes incompressible bytes this much longer at most. */
const PACKING_SLACK = 64 * 1024;

const unpack = promisify(zstdDecompress);

export interface ContentClientOptions {
  http: HttpClient;
  current: CurrentLink;
  hash: HashFunction;
  log: Log;
  stallMs?: number;
}

/** Content over HTTP. A lost link is waited out: what did not come yet is asked for again on the next connection. */
export function createContentClient({ http, current, hash, log, stallMs = STALL_MS }: ContentClientOptions): ContentSource {
  let transfers = 0;

  async function fetchManifest(order: Order, digest: Digest, size: number, live: LiveLink, signal: AbortSignal): Promise<Uint8Array> {
    const path = `/content/v1/manifests/${digest}?order=${encodeURIComponent(order.id)}`;
    const body = await requestContent(http, { method: "GET", path }, live, signal, stallMs);
    const packed = await readWhole(watchedBytes(body, stallMs), size + Math.ceil(size / 128) + PACKING_SLACK);
    const bytes = await unpack(packed, { maxOutputLength: size }).catch((cause: unknown) => {
      throw new SitewrightError("HASH_MISMATCH", `the manifest ${digest} came damaged: it cannot be unpacked`, { cause });
    });
    if (bytes.length !== size || digestOf(bytes) !== digest)
      throw new SitewrightError("HASH_MISMATCH", `the manifest ${digest} came damaged: its bytes have another digest`);
    return bytes;
  }

  /** A damaged manifest need not even be one. */
  function digestOf(bytes: Uint8Array): Digest | undefined {
    try {
      return manifestDigest(bytes, hash);
    } catch {
      return undefined;
    }
  }

  async function* stream(
    order: Order,
    manifest: Digest,
    ranges: ContentRequest["ranges"],
    live: LiveLink,
    signal: AbortSignal,
  ): AsyncGenerator<ContentFrame, void> {
    const transfer = ++transfers;
    const json: ContentRequest = { order: order.id, manifest, transfer, ranges };
    const body = await requestContent(http, { method: "POST", path: "/content/v1/chunks", json }, live, signal, stallMs);
    const size = order.task.kind === "stage" && order.task.credit > 0 ? order.task.credit : DEFAULT_WINDOW;
    const window = createReceiveWindow(size, (consumed) => {
      // The number of a stream means something on its own connection only.
      if (!live.gone.aborted) current.say({ kind: "credit", transfer, consumed });
    });
    try {
      for await (const { ordinal, codec, bytes } of readFrames(watchedBytes(body, stallMs, window))) {
        const cost = FRAME_HEADER + bytes.length;
        window.received(cost);
        yield { ordinal, codec, bytes, consumed: () => window.consumed(cost) };
      }
    } finally {
      window.close();
    }
  }

  return {
    async manifest(order, digest, size, signal) {
      if (size < 1 || size > LIMITS.manifest)
        throw new SitewrightError("MANIFEST_INVALID", `a manifest of ${size} bytes is over the limit of ${LIMITS.manifest}`);
      const patience = createPatience(signal, log);
      for (;;) {
        try {
          return await fetchManifest(order, digest, size, await current.live(signal), signal);
        } catch (error) {
          await patience.after(error);
        }
      }
    },

    async *chunks(order, digest, ordinals, signal) {
      const patience = createPatience(signal, log);
      let at = 0;
      while (at < ordinals.length) {
        const { ranges, end } = rangeBatch(ordinals, at);
        try {
          for await (const frame of stream(order, digest, ranges, await current.live(signal), signal)) {
            if (at === end || frame.ordinal !== ordinals[at])
              throw new SitewrightError("FRAME_INVALID", `the stream held chunk ${frame.ordinal}, which was not next`);
            at += 1;
            patience.reset();
            yield frame;
          }
          if (at < end) throw new SitewrightError("COORDINATOR_UNREACHABLE", "the stream ended too early");
        } catch (error) {
          await patience.after(error);
        }
      }
    },
  };
}
