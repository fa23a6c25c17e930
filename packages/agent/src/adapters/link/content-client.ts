import { LIMITS, SitewrightError, type Digest, type Order, type Ranges } from "@sitewright/protocol";
import type { CurrentLink, LiveLink } from "../../app/session/current-link.ts";
import type { Log } from "../../app/session/link-ports.ts";
import type { ContentSource, ManifestTarget } from "../../app/ports.ts";
import { endpoint } from "../../domain/coordinator-url.ts";
import { openContentFetch } from "../fetch/content-fetch.ts";
import { PEER_TIMES, type PeerTimes } from "../fetch/peer-lane.ts";
import type { FetchPool } from "../fetch/fetch-pool.ts";
import { requestContent } from "./content-request.ts";
import type { HttpClient } from "./http-client.ts";
import { takeParts } from "./manifest-parts.ts";
import { createPatience } from "./patience.ts";
import { STALL_MS, watchedBytes } from "./stall-watch.ts";

export interface ContentClientOptions {
  url: URL;
  /** PEM; the only authority that is believed. Looked at for each transfer. */
  ca: string;
  http: HttpClient;
  pool: FetchPool;
  current: CurrentLink;
  log: Log;
  /** For neighbours. */
  door?: { hasNeighbours(): boolean; isOpen(): boolean };
  stallMs?: number;
  peerTimes?: PeerTimes;
}

const NO_DOOR = { hasNeighbours: () => false, isOpen: () => false };
/** Names the manifest that a reply builds on. */
const BASE_HEADER = "x-sitewright-base";

/** Content from the coordinator. A lost link is waited out: what did not come yet is asked for again on the next connection. */
export function createContentClient(options: ContentClientOptions): ContentSource {
  const { url, http, pool, current, log, door = NO_DOOR, stallMs = STALL_MS, peerTimes = PEER_TIMES } = options;
  let fetches = 0;

  async function fetchManifest(
    order: Order,
    digest: Digest,
    size: number,
    into: ManifestTarget,
    live: LiveLink,
    signal: AbortSignal,
  ): Promise<void> {
    const query = new URLSearchParams({ order: order.id });
    if (into.bases.length > 0) query.set("base", into.bases.join(","));
    if (into.length() > 0) query.set("from", String(into.length()));
    const body = await requestContent(http, `/content/v1/manifests/${digest}?${query.toString()}`, live, signal, stallMs);
    const base = body.headers[BASE_HEADER];
    await takeParts(watchedBytes(body, stallMs), size, into, typeof base === "string" ? base : undefined);
    if (into.length() < size) throw new SitewrightError("COORDINATOR_UNREACHABLE", "the manifest ended too early");
  }

  return {
    async manifest(order, digest, size, into, signal) {
      if (size < 1 || size > LIMITS.manifest)
        throw new SitewrightError("MANIFEST_INVALID", `a manifest of ${size} bytes is over the limit of ${LIMITS.manifest}`);
      const patience = createPatience(signal, log);
      while (into.length() < size) {
        const before = into.length();
        try {
          await fetchManifest(order, digest, size, into, await current.live(signal), signal);
        } catch (error) {
          if (into.length() > before) patience.reset();
          await patience.after(error);
        }
      }
    },

    open(job) {
      const query = new URLSearchParams({ order: job.order.id, manifest: job.manifest });
      const target = { url: endpoint(url, `/content/v1/stream?${query.toString()}`).href, root: job.root, fetch: ++fetches, stallMs };
      const holds = (ranges: Ranges): void => {
        if (ranges.length > 0 && door.isOpen()) current.say({ kind: "holds", manifest: job.manifest, ranges });
      };
      return openContentFetch({ pool, current, log, target, ca: options.ca, peerTimes, hasNeighbours: door.hasNeighbours, holds }, job);
    },
  };
}
