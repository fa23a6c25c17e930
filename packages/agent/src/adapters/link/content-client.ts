import { LIMITS, SitewrightError, type Digest, type Ranges, PART_HEADER, readPartHeader, type PartHeader } from "@sitewright/protocol";
import type { CurrentLink, LiveLink } from "../../app/session/current-link.ts";
import type { Log } from "../../app/ports/link.ts";
import type { ContentSource, ManifestRequest, ManifestTarget } from "../../app/ports/content.ts";
import { createContentAddress, type ContentAddress } from "../../domain/content-address.ts";
import { createStallLimit, type StallLimit } from "../../domain/stall-limit.ts";
import { endpoint } from "../../domain/coordinator-url.ts";
import { openContentFetch, type StreamServer } from "../fetch/content-fetch.ts";
import { PEER_TIMES, type PeerTimes } from "../fetch/peer-lane.ts";
import type { FetchPool } from "../fetch/fetch-pool.ts";
import { requestContent } from "./content-request.ts";
import type { HttpClient } from "./http-client.ts";
import type { CoordinatorAt } from "./coordinator-link.ts";
import { createRetryPolicy } from "./retry-policy.ts";
import { STALL_MS, watchedBytes } from "./watched-bytes.ts";
import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";

/** zstd makes incompressible bytes at most this much longer. */
const PACKING_SLACK = 64 * 1024;
/** Maximum bytes of a base for one part. */
const MOST_OF_BASE = 4 * LIMITS.manifestPart;

const unpack = promisify(zstdDecompress);

/**
 * Receives a manifest of `size` bytes: unpacks part after part and appends it. Throws `FRAME_INVALID` for an invalid part, `HASH_MISMATCH`
 * for one that cannot be unpacked. When a stream breaks off, the incomplete part is lost.
 * @param base The manifest whose bytes help to unpack.
 */
export async function takeParts(
  stream: AsyncIterable<Uint8Array>,
  size: number,
  into: ManifestTarget,
  base: Digest | undefined,
): Promise<void> {
  if (base !== undefined && !into.bases.includes(base)) throw invalid(`it builds on ${base}, which was not offered`);
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  let head: PartHeader | undefined;
  /** This many bytes from the front of what waits; pieces are joined once. */
  const take = (count: number): Uint8Array => {
    const whole = joined(waiting);
    waiting = [whole.subarray(count)];
    bytes -= count;
    return whole.subarray(0, count);
  };
  for await (const piece of stream) {
    waiting.push(piece);
    bytes += piece.length;
    for (;;) {
      if (!head) {
        if (bytes < PART_HEADER) break;
        head = readPartHeader(take(PART_HEADER));
        check(head, size, into, base);
      }
      if (bytes < head.packed) break;
      into.append(await unpackPart(take(head.packed), head, into, base));
      head = undefined;
    }
  }
}

function check(head: PartHeader, size: number, into: ManifestTarget, base: Digest | undefined): void {
  const { packed, length } = head;
  const fromBase = head.base.to - head.base.from;
  if (length === 0 || length > LIMITS.manifestPart || packed > length + PACKING_SLACK) throw invalid(`it has a part of ${length} bytes`);
  if (into.length() + length > size) throw invalid(`it is longer than ${size} bytes`);
  if (fromBase > MOST_OF_BASE || (fromBase > 0 && base === undefined)) throw invalid(`it builds on ${fromBase} bytes of another one`);
}

async function unpackPart(packed: Uint8Array, head: PartHeader, into: ManifestTarget, base: Digest | undefined): Promise<Uint8Array> {
  const { from, to } = head.base;
  const dictionary = base !== undefined && to > from ? into.readBase(base, from, to) : undefined;
  const bytes = await unpack(packed, { maxOutputLength: head.length, ...(dictionary ? { dictionary } : {}) }).catch((cause: unknown) => {
    throw new SitewrightError("HASH_MISMATCH", "the manifest arrived damaged: it cannot be unpacked", { cause });
  });
  if (bytes.length !== head.length) throw new SitewrightError("HASH_MISMATCH", "the manifest arrived damaged: a part has another length");
  return bytes;
}

function joined(parts: Uint8Array[]): Uint8Array {
  return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
}

function invalid(why: string): SitewrightError {
  return new SitewrightError("FRAME_INVALID", `the manifest was refused: ${why}`);
}

export interface ContentClientOptions {
  coordinator: CoordinatorAt;
  /** Where streams are opened instead; read again for each of them. */
  address?: Pick<ContentAddress, "at" | "failed">;
  http: HttpClient;
  pool: FetchPool;
  current: CurrentLink;
  log: Log;
  /** For neighbours. */
  endpoint?: { hasNeighbours(): boolean; isOpen(): boolean };
  stallMs?: number;
  peerTimes?: PeerTimes;
}

const NO_ENDPOINT = { hasNeighbours: () => false, isOpen: () => false };
/** Names the manifest that a reply builds on. */
const BASE_HEADER = "x-sitewright-base";

/** Content from the coordinator. After a lost link the missing part is requested again on the next connection. */
export function createContentClient(options: ContentClientOptions): ContentSource {
  const { coordinator, http, pool, current, log, stallMs = STALL_MS, peerTimes = PEER_TIMES } = options;
  const { address = createContentAddress(), endpoint: peerEndpoint = NO_ENDPOINT } = options;
  let fetches = 0;

  async function fetchManifest({ order, digest, size, into, signal }: ManifestRequest, live: LiveLink, stall: StallLimit): Promise<void> {
    const query = new URLSearchParams({ order: order.id });
    if (into.bases.length > 0) query.set("base", into.bases.join(","));
    if (into.length() > 0) query.set("from", String(into.length()));
    const body = await requestContent(http, `/content/v1/manifests/${digest}?${query.toString()}`, live, { signal, timeoutMs: stall.ms() });
    const base = body.headers[BASE_HEADER];
    await takeParts(watchedBytes(body, stall), size, into, typeof base === "string" ? base : undefined);
    if (into.length() < size) throw new SitewrightError("COORDINATOR_UNREACHABLE", "the manifest ended too early");
  }

  return {
    async manifest(request) {
      const { size, into, signal } = request;
      if (size < 1 || size > LIMITS.manifest)
        throw new SitewrightError("MANIFEST_INVALID", `a manifest of ${size} bytes is over the limit of ${LIMITS.manifest}`);
      pool.warmUp(); // before there is anything to fetch
      const retryPolicy = createRetryPolicy(signal, log);
      const stall = createStallLimit(stallMs);
      while (into.length() < size) {
        const length = into.length();
        try {
          const live = await current.live(signal);
          stall.over(live);
          await fetchManifest(request, live, stall);
        } catch (error) {
          if (into.length() > length) retryPolicy.reset();
          await retryPolicy.after(error);
        }
      }
    },

    open(job) {
      const query = new URLSearchParams({ order: job.order.id, manifest: job.manifest });
      const at = (url: URL): string => endpoint(url, `/content/v1/stream?${query.toString()}`).href;
      // For each stream: another coordinator may have taken over meanwhile, at another address.
      const server = (): StreamServer => {
        const helper = address.at(performance.now());
        return helper ? { url: at(helper), failed: () => address.failed(performance.now()) } : { url: at(coordinator.url) };
      };
      const target = { root: job.root, fetch: ++fetches, stallMs };
      const holds = (ranges: Ranges): void => {
        if (ranges.length > 0 && peerEndpoint.isOpen()) current.say({ kind: "holds", manifest: job.manifest, ranges });
      };
      return openContentFetch(
        { pool, current, log, target, server, ca: () => coordinator.ca, peerTimes, hasNeighbours: peerEndpoint.hasNeighbours, holds },
        job,
      );
    },
  };
}
