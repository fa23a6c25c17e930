import { SitewrightError } from "@sitewright/protocol";
import { cancelled, type CurrentLink, type LiveLink } from "../../app/session/current-link.ts";
import type { Log } from "../../app/ports/link.ts";
import type { ContentFetch, ContentJob, FetchProgress } from "../../app/ports/content.ts";
import type { FetchStep } from "../../domain/tree/rebuild-plan.ts";
import { createOrdinalSet } from "../../domain/chunks/ordinals.ts";
import { createSpanQueue } from "../../domain/chunks/span-queue.ts";
import { createRetryPolicy } from "../link/retry-policy.ts";
import { createStallLimit } from "../../domain/stall-limit.ts";
import { createAttempts } from "./attempts.ts";
import { followLink } from "./follow-link.ts";
import type { FetchPool } from "./fetch-pool.ts";
import type { StreamTarget } from "./messages.ts";
import { openPeerLanes } from "./peer-lanes.ts";
import type { PeerTimes } from "./peer-lane.ts";
import { openSpanStream, type SpanStream } from "./span-stream.ts";
import { createStreamMeter } from "./stream-meter.ts";

/** What may wait for a stream before `add` makes its caller wait: bytes of content, and steps. */
const WAITING_BYTES = 16 * 1024 * 1024;
const WAITING_STEPS = 8_192;
/** Bytes of content that are requested from a stream at once. */
const LARGEST_SPAN = 4 * 1024 * 1024;
const SMALLEST_SPAN = 64 * 1024;
/** Spans queued per stream, so that it never waits for the next one. */
const SPANS_AHEAD = 2;
/** Bytes of content that a stream has queued before anything has arrived: on a long line a small change takes no further round trip. */
const FIRST_AHEAD = 512 * 1024;
/** Ranges of local content that a reconnected coordinator is told: some 25 KiB. */
const HELD_RANGES = 4096;

/** Where a stream is opened. */
export interface StreamServer {
  /** Of the stream, with its query. */
  url: string;
  /** Only of a coordinator that serves for the one that leads: called when it did not deliver. The next stream is opened elsewhere. */
  failed?: () => void;
}

export interface FetchTools {
  pool: FetchPool;
  current: CurrentLink;
  log: Log;
  target: Omit<StreamTarget, "trust" | "url">;
  /** Called for each stream. */
  server: () => StreamServer;
  /** PEM of the only authority that is trusted; read for each stream. */
  ca: () => string;
  peerTimes: PeerTimes;
  hasNeighbours: () => boolean;
  /** Tells the coordinator what neighbours can fetch from this system. */
  holds: ContentFetch["holds"];
}

/** Distributes the steps of one transfer among its streams, and continues despite lost links and damage. */
export function openContentFetch(
  { pool, current, log, target, server, ca, peerTimes, hasNeighbours, holds }: FetchTools,
  job: ContentJob,
): ContentFetch {
  const { signal } = job;
  const queue = createSpanQueue();
  const streams = new Set<SpanStream>();
  const attempts = createAttempts();
  const retryPolicy = createRetryPolicy(signal, log);
  const meter = createStreamMeter(() => update());
  const lanes = openPeerLanes(
    { pool, log, target, place: job.place, times: peerTimes },
    { progress: (progress) => onProgress(progress), back: (span) => queue.putBack(span), changed: () => update() },
  );
  const waiting = new Set<() => void>();
  /** Local content of the manifest. */
  const had = createOrdinalSet();
  let failure: { error: unknown } | undefined;
  let cameSince = false;
  /** Bytes that were transferred. */
  let arrived = 0;
  /** While the streams before it brought nothing, one alone is opened. */
  const stall = createStallLimit(target.stallMs);
  /**
   * `early`: what to fetch is still being determined; a connection is opened meanwhile, since that takes round trips. More would cost a slow
   * line as much as a small unit, which one stream brings. `ending`: no more steps will be added. `over`: link changes have no effect any
   * more.
   */
  let state: "early" | "fetching" | "ending" | "over" = "early";
  const link = followLink(current, {
    signal,
    retryPolicy,
    isOver: () => state === "over" || failure !== undefined,
    changed(next) {
      stall.over(next);
      holds(had.ranges(HELD_RANGES));
      next.gone.addEventListener("abort", () => {
        for (const stream of streams) stream.close();
        // Also if nothing is requested: the next coordinator connection has to be told what is local.
        void link.recover(undefined);
      });
    },
    fail,
    update,
  });

  const onAbort = () => fail(cancelled());

  /** The single place that starts work; called after every change. */
  function update(): void {
    if (!failure) {
      const active = [...streams].filter((stream) => !stream.isClosing());
      active.slice(0, meter.wanted()).forEach(hand);
      for (const stream of active.slice(meter.wanted())) if (stream.outstanding() === 0) stream.close();
      const most = state === "early" || stall.ms() > target.stallMs ? 1 : meter.wanted();
      while ((state === "early" || queue.steps() > 0) && streams.size < most) {
        const live = link.ready();
        if (!live) break;
        open(live);
      }
      meter.observe(streams.size, queue.steps() > 0);
    }
    const isDone =
      state === "ending" && queue.steps() === 0 && [...streams].every((stream) => stream.outstanding() === 0) && lanes.isDone();
    if (failure || isDone) {
      for (const stream of streams) stream.close();
      lanes.close();
    }
    for (const look of waiting) look();
  }

  function onProgress(progress: FetchProgress): void {
    for (const { chunk } of progress.written) had.add(chunk.ordinal, chunk.ordinal);
    job.onProgress(progress);
  }

  function open({ token }: LiveLink): void {
    const { url, failed } = server();
    const stream = openSpanStream(pool, { ...target, url, trust: { ca: ca(), token }, stallMs: stall.ms() }, job.place, {
      opened: (roundTripMs) => meter.opened(roundTripMs),
      progress(progress, received) {
        meter.received(received);
        arrived += received;
        if (received > 0) stall.reset();
        if (progress.written.length > 0) {
          retryPolicy.reset();
          cameSince = true;
        }
        onProgress(progress);
        update();
      },
      damaged(span) {
        if (failed) {
          failed();
          stream.close();
          return queue.putBack(span);
        }
        try {
          attempts.damaged(span.steps);
        } catch (error) {
          fail(error);
        }
        queue.putBack(span);
      },
      elsewhere(span, offer) {
        lanes.add(span, offer);
        update();
      },
      ended(error, left, hungUp) {
        streams.delete(stream);
        begin(); // errors are reported once there is something to fetch
        for (const span of left) queue.putBack(span);
        if (failed && error) {
          log("info", `content is requested from the coordinator that leads: ${error.message}`, { code: error.code, url });
          failed();
          return update();
        }
        const next = left.flatMap(({ steps }) => steps).at(0);
        if (next) onLost(error ?? new SitewrightError("COORDINATOR_UNREACHABLE", "the connection was lost"), next, hungUp);
        update();
      },
    });
    streams.add(stream);
    hand(stream);
  }

  function begin(): void {
    if (state !== "early") return;
    state = "fetching";
    stall.reset();
  }

  function hand(stream: SpanStream): void {
    const isFirst = arrived === 0 && !hasNeighbours();
    while (stream.outstanding() < SPANS_AHEAD || (isFirst && stream.asked() < FIRST_AHEAD)) {
      // A request is fixed, while a neighbour may have the content a moment later. So spans grow with what has arrived.
      const most = Math.min(LARGEST_SPAN, queue.bytes() / meter.shares(), hasNeighbours() ? arrived / 2 : Infinity);
      const span = queue.take(Math.max(SMALLEST_SPAN, most));
      if (!span) return;
      stream.ask(span);
    }
  }

  /** A stream ended before it delivered everything. */
  function onLost(error: SitewrightError, next: FetchStep, hungUp: boolean): void {
    try {
      if (hungUp) attempts.hungUp(next, error);
      if (error.code === "FRAME_INVALID") attempts.refused(next, error);
    } catch (reason) {
      return fail(reason);
    }
    if (error.code === "CONTENT_UNAVAILABLE" && cameSince) {
      cameSince = false;
      return;
    }
    if (error.code !== "COORDINATOR_UNREACHABLE" && error.code !== "COORDINATOR_UNTRUSTED" && error.code !== "FRAME_INVALID") fail(error);
    else void link.recover(error);
  }

  function fail(error: unknown): void {
    if (failure) return;
    failure = { error };
    update();
  }

  /** Resolves once `isDone`; throws the failure when nothing is written any more. */
  function until(isDone: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (failure ? streams.size + lanes.streams() > 0 : !isDone()) return;
        waiting.delete(look);
        if (failure) reject(failure.error as Error);
        else resolve();
      };
      waiting.add(look);
      look();
    });
  }

  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  update();

  return {
    holds(ranges) {
      for (const [from, to] of ranges) had.add(from, to);
      holds(ranges);
    },
    add(steps) {
      begin();
      queue.add(steps);
      update();
      return until(() => queue.bytes() + lanes.bytes() <= WAITING_BYTES && queue.steps() <= WAITING_STEPS);
    },
    async end() {
      state = "ending";
      try {
        const ended = until(() => queue.steps() === 0 && streams.size + lanes.streams() === 0);
        update();
        await ended;
      } finally {
        state = "over";
        signal.removeEventListener("abort", onAbort);
        meter.stop();
      }
    },
  };
}
