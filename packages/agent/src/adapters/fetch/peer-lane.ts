import { PEER_STREAM_PATH, SitewrightError, type PeerOffer } from "@sitewright/protocol";
import type { FetchProgress } from "../../app/ports/content.ts";
import { createSpanQueue, type Span } from "../../domain/chunks/span-queue.ts";
import type { FetchPool } from "./fetch-pool.ts";
import type { StreamTarget } from "./messages.ts";
import { openSpanStream, type SpanStream } from "./span-stream.ts";

/** What one transfer fetches from one neighbour. */
export interface PeerLane {
  /** More chunks, and the current ticket for its endpoint. */
  add(span: Span, offer: PeerOffer): void;
  /** Content that waits for a stream, bytes. */
  bytes(): number;
  /** Nothing is in transit, and nothing waits. */
  isDone(): boolean;
  streams(): number;
  /** Nothing is written any more once it has no streams. */
  close(): void;
}

export interface PeerLaneEvents {
  progress(progress: FetchProgress): void;
  /** It does not deliver this. @param failed It is not to be used again. */
  back(span: Span, failed: boolean): void;
  /** Something has ended. @param error The neighbour's failure. */
  changed(error?: SitewrightError): void;
}

export interface PeerTimes {
  /** Without a byte for this long, though something is expected, it is dead, ms. */
  stallMs: number;
  /** It sends messages but almost no content for this long: the coordinator decides again, ms. */
  quietMs: number;
}

export const PEER_TIMES: PeerTimes = { stallMs: 5_000, quietMs: 10_000 };

/** A neighbour that has the content and delivers less than this is not worth using, bytes/s. */
const SLOW = 16 * 1024;
const MOST_STREAMS = 2;
const SPANS_AHEAD = 2;

export interface PeerLaneTools {
  pool: FetchPool;
  target: Pick<StreamTarget, "root" | "fetch">;
  /** Where a path of the manifest is written, below the root. */
  place: (path: string) => string;
  times: PeerTimes;
}

export function openPeerLane({ pool, target, place, times }: PeerLaneTools, events: PeerLaneEvents): PeerLane {
  const { stallMs, quietMs } = times;
  const queue = createSpanQueue();
  const streams = new Set<SpanStream>();
  let offer: PeerOffer | undefined;
  let hasFailed = false;
  let closed = false;
  /** What arrived since the last check, or since it was idle: bytes, and messages that it waits itself. */
  let since = { at: performance.now(), bytes: 0, waits: 0 };

  const timer = setInterval(look, quietMs / 4);
  timer.unref();

  function begin(): void {
    since = { at: performance.now(), bytes: 0, waits: 0 };
  }

  function look(): void {
    const { at, bytes, waits } = since;
    if (performance.now() - at < quietMs) return;
    begin();
    const isIdle = isDone();
    const isSlow = bytes < (SLOW * quietMs) / 1000;
    if (isIdle || (waits > 0 && isSlow)) for (const stream of streams) stream.close();
    else if (waits === 0 && bytes > 0 && isSlow) fail(new SitewrightError("CONTENT_UNAVAILABLE", "it is too slow"), []);
  }

  function update(): void {
    if (closed) return;
    for (const stream of streams) if (!stream.isClosing()) hand(stream);
    while (queue.steps() > 0 && streams.size < MOST_STREAMS) open(offer as PeerOffer);
  }

  function open({ host, port, ticket, key }: PeerOffer): void {
    const url = `https://${host.includes(":") ? `[${host}]` : host}:${port}${PEER_STREAM_PATH}`;
    const stream = openSpanStream(pool, { ...target, url, trust: { ticket, key }, stallMs }, place, {
      opened: () => undefined,
      progress(progress, received, waits) {
        since.bytes += received;
        since.waits += waits;
        events.progress({ ...progress, neighbour: true });
        update();
        events.changed();
      },
      damaged: (span) => fail(new SitewrightError("HASH_MISMATCH", "content arrived damaged"), [span]),
      elsewhere: (span) => fail(new SitewrightError("FRAME_INVALID", "it redirects to others"), [span]),
      ended(error, left) {
        streams.delete(stream);
        if (error) return fail(error, left);
        for (const span of left) events.back(span, hasFailed);
        update();
        events.changed();
      },
    });
    streams.add(stream);
    hand(stream);
  }

  function hand(stream: SpanStream): void {
    while (stream.outstanding() < SPANS_AHEAD) {
      const span = queue.take(Infinity);
      if (!span) return;
      stream.ask(span);
    }
  }

  function fail(error: SitewrightError, left: readonly Span[]): void {
    const first = !hasFailed;
    hasFailed = true;
    for (const span of left) events.back(span, true);
    close();
    events.changed(first ? error : undefined);
  }

  function close(): void {
    closed = true;
    clearInterval(timer);
    for (let span = queue.take(Infinity); span; span = queue.take(Infinity)) events.back(span, hasFailed);
    for (const stream of streams) stream.close();
  }

  function isDone(): boolean {
    return queue.steps() === 0 && [...streams].every((stream) => stream.outstanding() === 0);
  }

  return {
    add(span, newer) {
      if (closed) return events.back(span, hasFailed);
      offer = newer;
      if (isDone()) begin();
      queue.putBack(span);
      update();
    },
    bytes: queue.bytes,
    isDone,
    streams: () => streams.size,
    close,
  };
}
